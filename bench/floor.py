"""What the least consumers do with the same records, to measure billing beside; each a process of its own.

`bare`: fetch, parse by the same contracts, COPY, note the position, commit. `floor`: the same, but COPY to a temporary
table and from there insert what is new by the natural key. `each`: a FastStream handler that takes one record a
transaction and acknowledges it, as most services are written.

`python -m bench.floor KIND KAFKA DSN PATTERN EVENTS` prints one JSON object, as `cost.Tally` makes it.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import uvloop
from aiokafka import TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from bench.cost import Tally
from services.billing.store.gebruik import use_row
from shared.contracts.event import parse
from shared.messaging.asking import reader

BATCH_RECORDS_MAX = 5000
FETCH_BYTES = 4 * 1024 * 1024
SCHEMA = """
create table gebruik (
    aanbieder text, plaats bigint, referentienummer text, toewijzingnummer int, maand int, begindatum date,
    einddatum date, time timestamptz, source text, event_id text, categorie text, productcode text, volume bigint,
    eenheid text, tarief_cent bigint, bedrag_cent bigint);
create table position (topic text, partition int, next bigint, primary key (topic, partition));
create temporary table nieuw (like gebruik) on commit delete rows;
"""
KEY = "alter table gebruik add primary key (aanbieder, referentienummer)"
NOTE = "insert into position values ($1, 0, $2) on conflict (topic, partition) do update set next = $2"
INSERT = (
    "insert into gebruik values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    " on conflict do nothing"
)
Take = Callable[[asyncpg.Connection, list[tuple[Any, ...]]], Awaitable[None]]


async def bare(connection: asyncpg.Connection, rows: list[tuple[Any, ...]]) -> None:
    """Only write them down."""
    await connection.copy_records_to_table("gebruik", records=rows)


async def floor(connection: asyncpg.Connection, rows: list[tuple[Any, ...]]) -> None:
    """Write down those that are new."""
    await connection.copy_records_to_table("nieuw", records=rows)
    await connection.execute("insert into gebruik select * from nieuw on conflict do nothing")


async def batches(
    kafka: str, pattern: str, connection: asyncpg.Connection, take: Take, tally: Tally, events: int
) -> None:
    """Take in `events` records by the batch."""
    async with reader(kafka, max_partition_fetch_bytes=FETCH_BYTES) as consumer:
        names = [name for name in await consumer.topics() if re.match(pattern, name)]
        consumer.assign([TopicPartition(name, 0) for name in names])
        await consumer.seek_to_beginning()
        while tally.seen < events:
            fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH_RECORDS_MAX)
            rows = [
                use_row(r.offset, parse(r.value)) for records in fetched.values() for r in records if r.value
            ]
            if rows:
                async with connection.transaction():
                    await take(connection, rows)
                    await connection.executemany(
                        NOTE,
                        [(tp.topic, records[-1].offset + 1) for tp, records in fetched.items() if records],
                    )
                await tally.add(len(rows))


async def _as_it_is(message: StreamMessage[Any]) -> bytes:
    return message.body


async def each(kafka: str, pattern: str, connection: asyncpg.Connection, tally: Tally, events: int) -> None:
    """Take in `events` records one by one, by a handler of FastStream's."""
    async with reader(kafka) as consumer:
        names = [name for name in await consumer.topics() if re.match(pattern, name)]
    broker = KafkaBroker(kafka)
    application = FastStream(broker)

    @broker.subscriber(
        *names,
        group_id=f"each-{names[0]}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        decoder=_as_it_is,
    )
    async def handle(body: bytes) -> None:
        async with connection.transaction():
            row = use_row(tally.seen, parse(body))
            await connection.execute(INSERT, *row)
        await tally.add(1)
        if tally.seen >= events:
            application.exit()

    await application.run()


async def run(kind: str, kafka: str, dsn: str, pattern: str, events: int) -> dict[str, float]:
    """Take in `events` records in one of the three ways; how fast, and at what cost."""
    connection, watching = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    await connection.execute(SCHEMA)
    if kind != "bare":
        await connection.execute(KEY)
    tally = Tally([os.getpid()], watching)
    if kind == "each":
        await each(kafka, pattern, connection, tally, events)
    else:
        await batches(kafka, pattern, connection, {"bare": bare, "floor": floor}[kind], tally, events)
    result = await tally.result()
    await asyncio.gather(connection.close(), watching.close())
    return result


if __name__ == "__main__":
    kind, kafka, dsn, pattern, events = sys.argv[1:]
    sys.stdout.write(f"{json.dumps(uvloop.run(run(kind, kafka, dsn, pattern, int(events))))}\n")
