"""Billing's whole path beside the floor: the same records, broker and database server, one after the other."""

import asyncio
import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench import events
from bench.cpu import Meter
from bench.floor import Tally
from local import Backends
from local.child import command as child_of_this
from shared.contracts.contract import BIJDRAGE, GEBRUIK, INDICATIE, INTAKE
from shared.messaging import topics
from shared.messaging.producer import Message, Producer

ROOT = Path(__file__).resolve().parents[1]
CHUNK = 5000
POLL_SECONDS = 0.02
STUCK_SECONDS_MAX = 120.0
STANDING = """
select coalesce((select sum(next) from position), 0)::bigint,
       exists (select from vuil) or exists (select from outbox) or exists (
           select from ontvangst o join position p on p.topic = o.topic where o.verzonden < p.next)
"""
Progress = Callable[[str, float], None]
"""Told what is being done, and how far it is (0 to 1)."""


KINDS = ("bare", "floor")
EACH_EVENTS = 3_000


async def measure(backends: Backends, count: int, repeat: int, progress: Progress) -> dict[str, Any]:
    """Billing's whole path beside the bare floor, the floor and a record a transaction (see `floor.py`).

    All read the same `count` records from Kafka, `repeat` times anew, in one run on one broker and database server:
    the floors to their last commit, billing until every use is judged, every household determined and every
    verdict and line sent. Rates in events a second and processor seconds a million events; `ratios` of the same
    repetition, as median, least and most.
    """
    rounds = [await _round(backends, count, progress) for _ in range(repeat)]
    return {
        "events": count,
        "ratios": {name: _spread([ratio(one) for one in rounds]) for name, ratio in RATIOS.items()},
        "median": {
            kind: {what: statistics.median(one[kind][what] for one in rounds) for what in rounds[0][kind]}
            for kind in rounds[0]
        },
        "runs": rounds,
    }


Round = Mapping[str, Mapping[str, float]]
RATIOS: Mapping[str, Callable[[Round], float]] = {
    "ofFloor": lambda one: one["billing"]["eventsPerSecond"] / one["floor"]["eventsPerSecond"],
    "ofBare": lambda one: one["billing"]["eventsPerSecond"] / one["bare"]["eventsPerSecond"],
    "ofEach": lambda one: one["billing"]["eventsPerSecond"] / one["each"]["eventsPerSecond"],
    "cpuOfBare": lambda one: _cpu(one["billing"]) / _cpu(one["bare"]),
}


def _cpu(measured: Mapping[str, float]) -> float:
    return measured["cpuSecondsPerMillion"] + measured["postgresCpuSecondsPerMillion"]


def _spread(ratios: Sequence[float]) -> dict[str, float]:
    found = {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
    return {name: round(ratio, 3) for name, ratio in found.items()}


async def _round(backends: Backends, count: int, progress: Progress) -> dict[str, dict[str, float]]:
    prefix, kafka = f"bench-{secrets.token_hex(4)}", backends.kafka_bootstrap_servers
    found = {}
    async with _database(backends, f"{prefix}-path") as path:
        await _know_facts(kafka, path, prefix, count, progress)
        await _produce_uses(kafka, prefix, count, progress)
        for kind, events in (("each", min(count, EACH_EVENTS)), *((kind, count) for kind in KINDS)):
            async with _database(backends, f"{prefix}-{kind}") as dsn:
                progress(f"measuring {kind}", 0)
                found[kind] = await _floor(kind, kafka, dsn, prefix, events)
        found["billing"] = await _path(kafka, path, prefix, count, progress)
    return found


@asynccontextmanager
async def _database(backends: Backends, name: str) -> AsyncIterator[str]:
    admin = await asyncpg.connect(backends.postgres_dsn)
    try:
        await admin.execute(f'create database "{name}"')
        yield urlunsplit(urlsplit(backends.postgres_dsn)._replace(path=f"/{name}"))
        await admin.execute(f'drop database "{name}" with (force)')
    finally:
        await admin.close()


async def _know_facts(kafka: str, dsn: str, prefix: str, count: int, progress: Progress) -> None:
    """Have billing take in the facts that the uses are judged by, before there are any."""
    await topics.declare(kafka, prefix, (INTAKE, INDICATIE, BIJDRAGE))
    facts = list(events.facts(count, topics.topic_name(prefix, INTAKE), topics.topic_name(prefix, INDICATIE)))
    async with Producer(kafka) as producer:
        for start in range(0, len(facts), CHUNK):
            await producer.send(facts[start : start + CHUNK])
    async with _billing(kafka, dsn, prefix) as billing:
        await _until_handled(billing.standing, len(facts), lambda part: progress("taking in the facts", part))


async def _produce_uses(kafka: str, prefix: str, count: int, progress: Progress) -> None:
    for agb in events.PROVIDERS:
        await topics.declare_aanbieder(kafka, prefix, agb)
    done = 0
    async with Producer(kafka) as producer:
        records = events.uses(count)
        while batch := [
            Message(topics.topic_name(prefix, GEBRUIK, agb), agb, value)
            for agb, value in islice(records, CHUNK)
        ]:
            done += await producer.send(batch)
            progress("producing records", done / count)


async def _floor(kind: str, kafka: str, dsn: str, prefix: str, count: int) -> dict[str, float]:
    pattern = topics.topics_pattern(prefix, (GEBRUIK,))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.floor", kind, kafka, dsn, pattern, str(count)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


async def _path(kafka: str, dsn: str, prefix: str, count: int, progress: Progress) -> dict[str, float]:
    async with _billing(kafka, dsn, prefix) as billing:
        before = (await billing.standing()).read
        tally = Tally(billing.connection, Meter(billing.pid, billing.connection))
        first = await _until(billing.standing, lambda now: now.read > before)
        await tally.add(first.read - before)
        await _until_handled(
            billing.standing, before + count, lambda part: progress("measuring billing", part)
        )
        await tally.add(before + count - first.read)
        return await tally.result()


class Standing(NamedTuple):
    """How far billing is: records handled, and whether anything else waits."""

    read: int
    waits: bool


Ask = Callable[[], Awaitable[Standing]]


class Billing(NamedTuple):
    """Billing as a process of its own, a session in its database, and how to ask how far it is."""

    pid: int
    connection: asyncpg.Connection
    standing: Ask


@asynccontextmanager
async def _billing(kafka: str, dsn: str, prefix: str) -> AsyncIterator[Billing]:
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "WIJKZORG_DATABASE_DSN": dsn,
        "WIJKZORG_TOPIC_PREFIX": prefix,
        "WIJKZORG_HTTP_PORT": "0",
        "WIJKZORG_SLUIT_MAANDEN": "false",
    }
    process = await asyncio.create_subprocess_exec(
        *child_of_this(signal.SIGKILL, [sys.executable, "-m", "services.billing.app"]),
        env=os.environ | environment,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    connection = await asyncpg.connect(dsn)

    async def ask() -> Standing:
        if process.returncode is not None:
            raise RuntimeError(f"billing ended with code {process.returncode}; start it by hand to see why")
        try:
            row = await connection.fetchrow(STANDING)
            return Standing(row[0], row[1]) if row else Standing(0, waits=True)
        except asyncpg.UndefinedTableError:
            return Standing(0, waits=True)

    try:
        yield Billing(process.pid, connection, ask)
    finally:
        process.terminate()
        await process.wait()
        await connection.close()


async def _until(ask: Ask, reached: Callable[[Standing], bool]) -> Standing:
    moved, last = time.perf_counter(), None
    while True:
        standing = await ask()
        if reached(standing):
            return standing
        if standing != last:
            moved, last = time.perf_counter(), standing
        if time.perf_counter() - moved > STUCK_SECONDS_MAX:
            raise TimeoutError
        await asyncio.sleep(POLL_SECONDS)


async def _until_handled(ask: Ask, count: int, told: Callable[[float], None]) -> None:
    def reached(standing: Standing) -> bool:
        told(standing.read / count)
        return standing.read >= count and not standing.waits

    await _until(ask, reached)
