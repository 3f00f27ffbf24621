"""Billing's whole path beside the floor: the same records, broker and database server, one after the other."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench import events
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


async def measure(backends: Backends, count: int, progress: Progress) -> dict[str, float]:
    """Records a second of billing's path and of the floor, and the first as a part of the second.

    Both read the same `count` records from Kafka and are counted from the end of their first batch: the floor
    to its last commit, billing until every use is judged, every household determined, every verdict sent.
    """
    prefix, kafka = f"bench-{secrets.token_hex(4)}", backends.kafka_bootstrap_servers
    async with _database(backends, f"{prefix}-floor") as floor, _database(backends, f"{prefix}-path") as path:
        await _know_facts(kafka, path, prefix, count, progress)
        await _produce_uses(kafka, prefix, count, progress)
        progress("measuring the floor", 0)
        floor_rate = await _floor(kafka, floor, prefix, count)
        path_rate = await _path(kafka, path, prefix, count, progress)
    return {
        "eventsPerSecond": round(path_rate, 1),
        "floorEventsPerSecond": round(floor_rate, 1),
        "ratio": round(path_rate / floor_rate, 3),
    }


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
    async with _billing(kafka, dsn, prefix) as standing:
        await _until_handled(standing, len(facts), lambda part: progress("taking in the facts", part))


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


async def _floor(kafka: str, dsn: str, prefix: str, count: int) -> float:
    pattern = topics.topics_pattern(prefix, (GEBRUIK,))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.floor", kafka, dsn, pattern, str(count)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return float(said)


async def _path(kafka: str, dsn: str, prefix: str, count: int, progress: Progress) -> float:
    async with _billing(kafka, dsn, prefix) as standing:
        before = (await standing()).read
        first = await _until(standing, lambda now: now.read > before)
        began = time.perf_counter()
        await _until_handled(standing, before + count, lambda part: progress("measuring billing", part))
        return (before + count - first.read) / (time.perf_counter() - began)


class Standing(NamedTuple):
    """How far billing is: records handled, and whether anything else waits."""

    read: int
    waits: bool


Ask = Callable[[], Awaitable[Standing]]


@asynccontextmanager
async def _billing(kafka: str, dsn: str, prefix: str) -> AsyncIterator[Ask]:
    """Billing as a process of its own, and how to ask its database how far it is."""
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
        yield ask
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
