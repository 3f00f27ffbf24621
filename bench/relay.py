"""How fast the outbox goes out, beside sending the same messages with nothing around it."""

import asyncio
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from uuid import uuid4

from bench.path import Progress, database, new_prefix
from bench.repeat import in_turn, repeated
from local import Backends
from services.billing.announce import Announcer
from services.billing.store.bijdrage import Line
from shared import db
from shared.contracts.contract import BIJDRAGE
from shared.kalender import parse_month
from shared.messaging import outbox, topics
from shared.messaging.delivery import Delivery
from shared.messaging.echo import Echo
from shared.messaging.outbox import Relay
from shared.messaging.own import OwnEvents
from shared.messaging.producer import Message, Producer
from shared.settings import clock_of

CHUNK = 5000
POLL_SECONDS = 0.02
NOW = clock_of(None)


async def measure(backends: Backends, count: int, repeat: int, progress: Progress) -> dict[str, Any]:
    """Messages a second through the outbox and straight to Kafka, and their ratio; every second time the outbox goes first."""
    return await repeated(lambda turn: _round(backends, count, turn, progress), repeat)


async def _round(backends: Backends, count: int, turn: int, progress: Progress) -> dict[str, float]:
    kafka = backends.kafka_bootstrap_servers
    progress("sending the outbox", 0)
    rates = {}
    for way in in_turn(("bare", "relayed"), turn):
        # Topics of its own: a relay that hears there what its outbox still holds, takes it out as told.
        prefix = new_prefix()
        await topics.declare(kafka, prefix, (BIJDRAGE,))
        messages = _messages(prefix, count)
        async with database(backends, prefix) as dsn:
            took = _bare(kafka, messages) if way == "bare" else _relayed(kafka, prefix, dsn, messages)
            rates[way] = count / await took
    return {
        "messagesPerSecond": round(rates["relayed"], 1),
        "bareMessagesPerSecond": round(rates["bare"], 1),
        "ratio": round(rates["relayed"] / rates["bare"], 3),
    }


def _messages(prefix: str, count: int) -> list[Message]:
    says = Announcer(OwnEvents("urn:nld:oin:00000001009999999000:systeem:bench", prefix, NOW))
    lines = (
        Line(
            uuid4(), parse_month("2026-03"), 1, "bijdrage", 2180, 2180, uuid4(), 7, "Wmo 2015", [str(uuid4())]
        )
        for _ in range(count)
    )
    return list(says.lines(lines, None, {}))


async def _bare(kafka: str, messages: list[Message]) -> float:
    """Seconds for all of them, from the end of the first batch on."""
    async with Producer(kafka) as producer:
        first = await producer.send(messages[: outbox.BATCH_MAX])
        began = time.perf_counter()
        for start in range(first, len(messages), outbox.BATCH_MAX):
            await producer.send(messages[start : start + outbox.BATCH_MAX])
        return (time.perf_counter() - began) * len(messages) / (len(messages) - first)


async def _left(connection: db.Connection, at_most: int) -> int:
    """How many messages are left, once they are so few."""
    while True:
        left = int(await connection.fetchval("select count(*) from outbox"))
        if left <= at_most:
            return left
        await asyncio.sleep(POLL_SECONDS)


class _Deaf:
    """Does nothing with what it hears of its own topics: what is measured is that it is listened for."""

    async def hear(self, tx: db.Connection, deliveries: Sequence[Delivery]) -> None:
        """Take in nothing."""

    async def done(self, tx: db.Connection) -> None:
        """Know all."""


async def _relayed(kafka: str, prefix: str, dsn: str, messages: list[Message]) -> float:
    """Seconds for all of them, from the end of the first batch on."""
    connection = await db.connect(dsn)
    await db.migrate(connection, [("messaging", files("shared.messaging") / "migrations")])
    for start in range(0, len(messages), CHUNK):
        await outbox.put(connection, messages[start : start + CHUNK], NOW())
    echo = Echo(kafka, topics.topics_pattern(prefix, (BIJDRAGE,)), _Deaf())
    relay = Relay(dsn, kafka, echo=echo)
    task = asyncio.create_task(relay.run())
    left = await _left(connection, len(messages) - 1)
    if not left:
        raise RuntimeError("all was sent before it could be measured: ask for more events")
    began = time.perf_counter()
    await _left(connection, 0)
    took = (time.perf_counter() - began) * len(messages) / left
    relay.stop()
    await task
    await connection.close()
    return float(took)
