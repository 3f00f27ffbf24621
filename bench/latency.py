"""How long it takes from a use that is published to the contribution that it makes, at a steady rate.

The contribution is there when its line stands in the ledger, committed; it is told when its event can be fetched.
Beside both the least round trip there is: publish, fetch, insert, commit.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import asyncpg
from aiokafka import TopicPartition

from bench import events
from bench.path import Progress, billing, database, know_facts, new_prefix, until
from bench.repeat import repeated
from local import Backends
from shared.contracts.contract import BIJDRAGE, GEBRUIK
from shared.contracts.event import parse
from shared.messaging import topics
from shared.messaging.asking import reader
from shared.messaging.producer import Message, Producer

TICK_SECONDS = 0.02
MONTHS = 12
FETCH_WAIT_MS = 200
LOOK_SECONDS = 0.005
"""How often the ledger is looked at, which is part of what is measured."""
WARM_SECONDS = 10
LINES_MAX = 5000
"""At one look; without it the planner sorts the whole ledger each time."""
PERCENT = 100
Sent = dict[str, float]


async def measure(
    backends: Backends, rate: int, seconds: int, repeat: int, progress: Progress
) -> dict[str, Any]:
    """p50 and p99 in milliseconds of each at `rate` events a second, for so many seconds, and the ratios of the p99s."""
    return await repeated(lambda _turn: _round(backends, rate, seconds, progress), repeat)


async def _round(backends: Backends, rate: int, seconds: int, progress: Progress) -> dict[str, float]:
    count, prefix, kafka = rate * (seconds + WARM_SECONDS), new_prefix(), backends.kafka_bootstrap_servers
    count -= count % MONTHS  # of each client a year of months, and no more
    async with database(backends, prefix) as dsn, database(backends, f"{prefix}-bare") as bare_dsn:
        await know_facts(kafka, dsn, prefix, 2 * count, progress)
        for agb in events.PROVIDERS:
            await topics.declare_aanbieder(kafka, prefix, agb)
            await topics.declare_aanbieder(kafka, f"{prefix}b", agb)
        progress("measuring the bare round trip", 0)
        (bare,) = await _latencies(
            kafka, f"{prefix}b", rate, count, lambda seen: _bare(kafka, bare_dsn, f"{prefix}b", seen)
        )
        progress("measuring billing", 0.5)
        async with billing(kafka, dsn, prefix):
            charged, told = await _latencies(
                kafka,
                prefix,
                rate,
                count,
                lambda seen: _charged(dsn, seen),
                lambda seen: _told(kafka, prefix, seen),
            )
    return {
        f"{name}P{part}Ms": _percentile(found, part)
        for name, found in (("ledger", charged), ("told", told), ("bare", bare))
        for part in (50, 99)
    } | {
        "ratio": round(_percentile(charged, 99) / _percentile(bare, 99), 3),
        "toldRatio": round(_percentile(told, 99) / _percentile(bare, 99), 3),
    }


async def _latencies(
    kafka: str, prefix: str, rate: int, count: int, *watches: Callable[[Sent], Awaitable[None]]
) -> list[list[float]]:
    """By watch the seconds between publishing and being seen by it, of every event but those until which all had to start."""
    warm, first = rate * WARM_SECONDS, frozenset[str]()
    sent: Sent = {}
    seen: list[Sent] = [{} for _ in watches]
    watching = asyncio.gather(*(watch(found) for watch, found in zip(watches, seen, strict=True)))
    async with Producer(kafka) as producer:
        uses, began, done = events.first_uses(count), time.perf_counter(), 0
        while done < count:
            if done >= warm and not first:
                await _until_all(seen, done, watching)
                first, began = frozenset(sent), time.perf_counter() - done / rate
            due = min(count, int((time.perf_counter() - began) * rate)) - done
            batch = list(_some(uses, due))
            now = time.perf_counter()
            sent |= {id_: now for id_, _, _ in batch}
            messages = [Message(topics.topic_name(prefix, GEBRUIK, agb), agb, raw) for _, agb, raw in batch]
            done += await producer.send(messages)
            await asyncio.sleep(TICK_SECONDS)
    await _until_all(seen, count, watching)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return [[at - sent[id_] for id_, at in found.items() if id_ not in first] for found in seen]


async def _until_all(seen: Iterable[Sent], count: int, watching: asyncio.Future[Any]) -> None:
    await until(lambda: all(len(found) >= count for found in seen) or watching.done())


def _some(uses: Iterator[tuple[str, str, bytes]], count: int) -> Iterator[tuple[str, str, bytes]]:
    for _ in range(count):
        yield next(uses)


async def _charged(dsn: str, seen: Sent) -> None:
    """Note when the line that each use made stands in the ledger."""
    connection, last = await asyncpg.connect(dsn), 0
    while True:
        rows = await connection.fetch(
            "select bijdrage_regel_id, aanleiding from bijdrage_regel where bijdrage_regel_id > $1"
            " order by bijdrage_regel_id limit $2",
            last,
            LINES_MAX,
        )
        now = time.perf_counter()
        last = rows[-1][0] if rows else last
        for id_ in (id_ for row in rows for id_ in row[1]):
            seen.setdefault(id_, now)
        await asyncio.sleep(LOOK_SECONDS)


async def _told(kafka: str, prefix: str, seen: Sent) -> None:
    """Note when the line of the ledger that each use made was told."""
    async with reader(kafka) as consumer:
        name = topics.topic_name(prefix, BIJDRAGE)
        consumer.assign([TopicPartition(name, number) for number in range(BIJDRAGE.partitions)])
        while True:
            fetched = await consumer.getmany(timeout_ms=FETCH_WAIT_MS)
            now = time.perf_counter()
            for record in (record for records in fetched.values() for record in records):
                for id_ in parse(record.value)["data"]["aanleiding"]:
                    seen.setdefault(id_, now)


async def _bare(kafka: str, dsn: str, prefix: str, seen: Sent) -> None:
    """Note when each use was fetched, written down and committed."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table gebruik (id text primary key, value bytea)")
    async with reader(kafka) as consumer:
        consumer.assign(
            [TopicPartition(topics.topic_name(prefix, GEBRUIK, agb), 0) for agb in events.PROVIDERS]
        )
        while True:
            fetched = await consumer.getmany(timeout_ms=FETCH_WAIT_MS)
            rows = [(parse(r.value)["id"], r.value) for records in fetched.values() for r in records]
            if rows:
                async with connection.transaction():
                    await connection.copy_records_to_table("gebruik", records=rows)
                now = time.perf_counter()
                seen |= {id_: now for id_, _ in rows}


def _percentile(seconds: list[float], part: int) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, len(ordered) * part // PERCENT)] * 1000, 1)
