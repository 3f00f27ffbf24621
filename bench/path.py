"""Billing's whole path as the benches run it: its facts, its records, its processes, and how far they are."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench import events
from bench.cost import Tally
from local import Backends
from local.child import command as child_of_this
from shared.contracts.contract import BIJDRAGE, GEBRUIK, INDICATIE, INTAKE
from shared.messaging import topics
from shared.messaging.producer import Message, Producer

ROOT = Path(__file__).resolve().parents[1]
CHUNK = 5000
POLL_SECONDS = 0.05
STUCK_SECONDS_MAX = 120.0
STANDING = """
select coalesce((select sum(next) from position), 0)::bigint,
       exists (select from vuil) or exists (select from outbox) or exists (
           select from ontvangst o join position p on p.topic = o.topic where o.verzonden < p.next),
       coalesce((select max(bijdrage_regel_id) from bijdrage_regel), 0) + coalesce((select min(id) from outbox), 0)
"""
READ = "select coalesce(sum(next), 0)::bigint, false from position"
Progress = Callable[[str, float], None]
"""Told what is being done, and how far it is (0 to 1)."""


def new_prefix() -> str:
    """Of the topics of one measurement."""
    return f"bench-{secrets.token_hex(4)}"


@asynccontextmanager
async def database(backends: Backends, name: str) -> AsyncIterator[str]:
    """A database for one measurement."""
    admin = await asyncpg.connect(backends.postgres_dsn)
    try:
        await admin.execute(f'create database "{name}"')
        yield urlunsplit(urlsplit(backends.postgres_dsn)._replace(path=f"/{name}"))
        await admin.execute(f'drop database "{name}" with (force)')
    finally:
        await admin.close()


async def know_facts(kafka: str, dsn: str, prefix: str, count: int, progress: Progress) -> None:
    """Have billing take in the facts that the uses are judged by, before there are any."""
    told = await produce_facts(kafka, prefix, count)
    await take_in(kafka, dsn, prefix, told, progress)


async def produce_facts(kafka: str, prefix: str, count: int, turn: int = 0) -> int:
    """Tell of the clients of so many uses; how many events that took."""
    await topics.declare(kafka, prefix, (INTAKE, INDICATIE, BIJDRAGE))
    intake, indicatie = topics.topic_name(prefix, INTAKE), topics.topic_name(prefix, INDICATIE)
    facts = list(events.facts(count, intake, indicatie, turn))
    async with Producer(kafka) as producer:
        for start in range(0, len(facts), CHUNK):
            await producer.send(facts[start : start + CHUNK])
    return len(facts)


async def take_in(kafka: str, dsn: str, prefix: str, told: int, progress: Progress) -> None:
    """Have billing take in what was told, until it has read so many records in all."""
    async with billing(kafka, dsn, prefix) as running:
        await until_handled(running.standing, told, lambda part: progress("taking in the facts", part))


async def produce_uses(kafka: str, prefix: str, count: int, progress: Progress, turn: int = 0) -> None:
    """Lay the records ready, before anybody reads them."""
    for agb in events.PROVIDERS:
        await topics.declare_aanbieder(kafka, prefix, agb)
    done = 0
    async with Producer(kafka) as producer:
        records = events.uses(count, turn)
        while batch := [
            Message(topics.topic_name(prefix, GEBRUIK, agb), agb, value)
            for agb, value in islice(records, CHUNK)
        ]:
            done += await producer.send(batch)
            progress("producing records", done / count)


async def measured(
    kafka: str, dsn: str, prefix: str, count: int, progress: Progress, copies: int = 1
) -> dict[str, float]:
    """What it costs so many copies to handle `count` records that lie ready, from the end of the first batch on."""
    async with billing(kafka, dsn, prefix, copies) as running:
        before = (await running.standing()).read
        tally = Tally(running.pids, running.connection)
        first = await until_standing(running.standing, lambda now: now.read > before)
        await tally.add(first.read - before)
        await until_handled(
            running.standing, before + count, lambda part: progress("measuring billing", part)
        )
        await tally.add(before + count - first.read)
        return await tally.result()


class Standing(NamedTuple):
    """How far billing is: records handled, whether anything else waits, and what grows while that is worked on."""

    read: int
    waits: bool
    works: int = 0


Ask = Callable[[], Awaitable[Standing]]


class Running(NamedTuple):
    """A service as processes of its own, a session in its database, and how to ask how far it is."""

    pids: Sequence[int]
    connection: asyncpg.Connection
    standing: Ask


@asynccontextmanager
async def billing(kafka: str, dsn: str, prefix: str, copies: int = 1) -> AsyncIterator[Running]:
    """So many copies of the service, on these topics and this database; it closes no months meanwhile."""
    async with _running("billing", STANDING, kafka, dsn, prefix, copies) as running:
        yield running


@asynccontextmanager
async def reporting(kafka: str, dsn: str, prefix: str) -> AsyncIterator[Running]:
    """Reporting on these topics and this database; all it does is read."""
    async with _running("reporting", READ, kafka, dsn, prefix) as running:
        yield running


@asynccontextmanager
async def _running(
    service: str, standing: str, kafka: str, dsn: str, prefix: str, copies: int = 1
) -> AsyncIterator[Running]:
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "WIJKZORG_DATABASE_DSN": dsn,
        "WIJKZORG_TOPIC_PREFIX": prefix,
        "WIJKZORG_HTTP_PORT": "0",
        "WIJKZORG_SLUIT_MAANDEN": "false",
    }
    connection = await asyncpg.connect(dsn)
    async with AsyncExitStack() as running:
        running.push_async_callback(connection.close)
        processes = [await running.enter_async_context(_process(service, environment)) for _ in range(copies)]

        async def ask() -> Standing:
            for process in processes:
                if process.returncode is not None:
                    raise RuntimeError(
                        f"{service} ended with code {process.returncode}; start it by hand to see why"
                    )
            try:
                row = await connection.fetchrow(standing)
                return Standing(*row) if row else Standing(0, waits=True)
            except asyncpg.UndefinedTableError:
                return Standing(0, waits=True)

        yield Running([process.pid for process in processes], connection, ask)


@asynccontextmanager
async def _process(service: str, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *child_of_this(signal.SIGKILL, [sys.executable, "-m", f"services.{service}.app"]),
        env=os.environ | environment,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def until(reached: Callable[[], bool]) -> None:
    """Wait for a condition of this process. Raises TimeoutError."""
    async with asyncio.timeout(STUCK_SECONDS_MAX):
        while True:
            if reached():
                return
            await asyncio.sleep(POLL_SECONDS)


async def until_standing(ask: Ask, reached: Callable[[Standing], bool]) -> Standing:
    """Wait until billing is that far. Raises TimeoutError where nothing moves any more."""
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


async def until_handled(ask: Ask, count: int, told: Callable[[float], None]) -> None:
    """Wait until so many records are judged, determined and told."""

    def reached(standing: Standing) -> bool:
        told(standing.read / count)
        return standing.read >= count and not standing.waits

    await until_standing(ask, reached)
