"""Uses that arrive at a steady rate, until standard input ends; then how long each waited for its verdict.

Runs inside the composed system, beside the command. Prints "running" once it has begun, and one JSON object at the end.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench import events
from shared.contracts.contract import GEBRUIK, INDICATIE, INTAKE, ONTVANGST, Topic
from shared.messaging import topics
from shared.messaging.producer import Message, Producer

KAFKA, PREFIX = os.environ["KAFKA_BOOTSTRAP_SERVERS"], os.environ["WIJKZORG_TOPIC_PREFIX"]
USES_MAX, RATE, TICK_SECONDS = 48_000, 200, 0.1
TOLD_SECONDS_MAX = 120


def name(topic: Topic, agb: str | None = None) -> str:
    """The name of a topic."""
    return topics.topic_name(PREFIX, topic, agb)


async def send(stop: asyncio.Event) -> int:
    """Send uses at the rate until told to stop; how many."""
    told = events.uses(USES_MAX)
    loop, sent = asyncio.get_running_loop(), 0
    async with Producer(KAFKA) as producer:
        await producer.send(events.facts(USES_MAX, name(INTAKE), name(INDICATIE)))
        began = loop.time()
        say("running")
        while not stop.is_set():
            due = int((loop.time() - began) * RATE) - sent
            batch = list(islice(told, due))
            await producer.send([Message(name(GEBRUIK, agb), "", value) for agb, value in batch])
            sent += len(batch)
            await asyncio.sleep(TICK_SECONDS)
    return sent


async def read(topic: str) -> list[tuple[int, int, bytes]]:
    """Every record of a topic of one partition: offset, milliseconds, value."""
    consumer = AIOKafkaConsumer(bootstrap_servers=KAFKA, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[tuple[int, int, bytes]] = []
        while await consumer.position(partition) < end:
            records = (await consumer.getmany(timeout_ms=500)).get(partition, [])
            found += [(record.offset, record.timestamp, record.value or b"") for record in records]
        return found
    finally:
        await consumer.stop()


async def verdicts(agb: str, count: int) -> dict[int, tuple[int, str]]:
    """By place: when its first verdict came, and the verdict of the highest versie."""
    deadline = asyncio.get_running_loop().time() + TOLD_SECONDS_MAX
    while True:
        first: dict[int, int] = {}
        last: dict[int, tuple[int, str]] = {}
        for _, moment, value in await read(name(ONTVANGST, agb)):
            for line in json.loads(value)["data"]["oordelen"]:
                first.setdefault(line["plaats"], moment)
                told = line["versie"], line["oordeel"]
                last[line["plaats"]] = max(told, last.get(line["plaats"], told))
        if len(first) >= count or asyncio.get_running_loop().time() > deadline:
            return {place: (moment, last[place][1]) for place, moment in first.items()}
        await asyncio.sleep(TICK_SECONDS)


def say(line: str) -> None:
    """Tell the test."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main() -> None:
    for agb in events.PROVIDERS:
        await topics.declare_aanbieder(KAFKA, PREFIX, agb)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    ended.add_done_callback(lambda _: stop.set())
    sent = await send(stop)
    waits: list[int] = []
    said: Counter[str] = Counter()
    missing = records = 0
    for agb in events.PROVIDERS:
        told = await read(name(GEBRUIK, agb))
        records += len(told)
        judged = await verdicts(agb, len(told))
        missing += len(told) - len(judged)
        said.update(oordeel for _, oordeel in judged.values())
        waits += [judged[place][0] - moment for place, moment, _ in told if place in judged]
    waits.sort()
    told_of = {
        "sent": sent,
        "records": records,
        "missing": missing,
        "verdicts": said,
        "longestWaitSeconds": waits[-1] / 1000,
        "medianWaitSeconds": waits[len(waits) // 2] / 1000,
    }
    say(json.dumps(told_of))


asyncio.run(main())
