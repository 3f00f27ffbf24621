"""The floor: fetch, parse by the same contracts, COPY, insert what is new, note the position, commit. Nothing else.

Run as a process of its own: `python -m bench.floor KAFKA DSN PATTERN EVENTS`; it prints records a second.
"""

import re
import sys
import time

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.billing.store.gebruik import use_row
from shared.contracts.event import parse

BATCH_RECORDS_MAX = 5000
SCHEMA = """
create table gebruik (
    aanbieder text, plaats bigint, referentienummer text, toewijzingnummer int, maand int, begindatum date,
    einddatum date, time timestamptz, source text, event_id text, categorie text, productcode text, volume bigint,
    eenheid text, tarief_cent bigint, bedrag_cent bigint, primary key (aanbieder, referentienummer));
create table position (topic text, partition int, next bigint, primary key (topic, partition));
"""


async def run(kafka: str, dsn: str, pattern: str, events: int) -> float:
    """Take in `events` records; records a second, counted from the end of the first batch."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(SCHEMA)
    await connection.execute("create temporary table nieuw (like gebruik) on commit delete rows")
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    topics = [topic for topic in await consumer.topics() if re.match(pattern, topic)]
    consumer.assign([TopicPartition(topic, 0) for topic in topics])
    await consumer.seek_to_beginning()
    seen, first, began = 0, 0, 0.0
    while seen < events:
        fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH_RECORDS_MAX)
        rows = [use_row(r.offset, parse(r.value)) for records in fetched.values() for r in records if r.value]
        if not rows:
            continue
        async with connection.transaction():
            await connection.copy_records_to_table("nieuw", records=rows)
            await connection.execute("insert into gebruik select * from nieuw on conflict do nothing")
            await connection.executemany(
                "insert into position values ($1, 0, $2) on conflict (topic, partition) do update set next = $2",
                [(tp.topic, records[-1].offset + 1) for tp, records in fetched.items() if records],
            )
        seen += len(rows)
        if not began:
            first, began = seen, time.perf_counter()
    rate = (seen - first) / (time.perf_counter() - began)
    await consumer.stop()
    await connection.close()
    return rate


if __name__ == "__main__":
    sys.stdout.write(f"{uvloop.run(run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))):.1f}\n")
