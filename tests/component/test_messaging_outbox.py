"""The outbox: nothing is lost and order per key is kept, wherever the relay dies."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

import asyncpg
import pytest

from shared import db
from shared.contracts.contract import BIJDRAGE
from shared.messaging import outbox
from shared.messaging.outbox import Relay, Send, Then, send_outbox
from shared.messaging.producer import Message, Producer
from tests.harness import Wijkzorg, eventually

NOW = datetime(2026, 6, 15, tzinfo=UTC)
KEYS = ("anna", "bert", "carla")
ROLE = (
    "from pg_locks join pg_database d on d.oid = database"
    " where locktype = 'advisory' and datname = current_database()"
)
"""The advisory locks of this database alone: other tests have theirs."""


class DeathError(Exception):
    """The relay's process ends here."""


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    own = await db.connect(dsn)
    yield own
    await own.close()


def told(wijkzorg: Wijkzorg, count: int) -> list[Message]:
    """Messages numbered in the order in which they were decided, of three keys in turn."""
    topic = wijkzorg.topic(BIJDRAGE)
    return [Message(topic, KEYS[number % 3], b"%d" % number) for number in range(count)]


async def by_key(wijkzorg: Wijkzorg) -> dict[bytes, list[int]]:
    """What is on the topic, in order, by key."""
    found: dict[bytes, list[int]] = {}
    for record in await wijkzorg.records(wijkzorg.topic(BIJDRAGE)):
        found.setdefault(record.key, []).append(int(record.value))
    return found


def sending(producer: Producer) -> Send:
    """As a relay does that notes nothing."""

    async def send(messages: Iterable[Message], then: Then) -> None:
        await producer.send(messages)
        await then()

    return send


async def test_messages_go_in_order_per_key_and_are_gone_once_sent(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await outbox.put(connection, told(wijkzorg, 3000), NOW)
    async with Producer(wijkzorg.kafka) as producer:
        while await send_outbox(connection, sending(producer)):
            pass
    assert (await outbox.depth(connection)).messages == 0
    expected = {key.encode(): list(range(place, 3000, 3)) for place, key in enumerate(KEYS)}
    assert await by_key(wijkzorg) == expected


async def test_a_relay_that_dies_between_sending_and_deleting_sends_again(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await outbox.put(connection, told(wijkzorg, 30), NOW)
    async with Producer(wijkzorg.kafka) as producer:

        async def send_and_die(messages: Iterable[Message], _then: Then) -> None:
            await producer.send(messages)
            raise DeathError

        with pytest.raises(DeathError):
            await send_outbox(connection, send_and_die)
    assert (await outbox.depth(connection)).messages == 30
    async with Producer(wijkzorg.kafka) as producer:
        await send_outbox(connection, sending(producer))
    assert (await outbox.depth(connection)).messages == 0
    for place, key in enumerate(KEYS):
        once = list(range(place, 30, 3))
        assert (await by_key(wijkzorg))[key.encode()] == once + once


async def test_one_relay_has_the_role_and_its_successor_takes_over(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    relays = [Relay(wijkzorg.dsn, wijkzorg.kafka) for _ in range(2)]
    running = [asyncio.create_task(relay.run()) for relay in relays]

    async def empty() -> bool:
        return (await outbox.depth(connection)).messages == 0

    for number, relay in enumerate(relays):
        await outbox.put(connection, told(wijkzorg, 30), NOW)
        await eventually(empty, f"outbox {number} to be sent")
        relay.stop()
        await running[number]
    assert sorted((await by_key(wijkzorg))[b"anna"]) == sorted([*range(0, 30, 3)] * 2)


async def test_a_role_taken_away_is_taken_again(wijkzorg: Wijkzorg, connection: asyncpg.Connection) -> None:
    relay = Relay(wijkzorg.dsn, wijkzorg.kafka)
    running = asyncio.create_task(relay.run())

    async def has_role() -> bool:
        return bool(await connection.fetchval(f"select exists (select {ROLE})"))

    await eventually(has_role, "the relay to have its role")
    await connection.execute(f"select pg_terminate_backend(pid) {ROLE}")
    await outbox.put(connection, told(wijkzorg, 30), NOW)

    async def empty() -> bool:
        return (await outbox.depth(connection)).messages == 0

    await eventually(empty, "the outbox to be sent")
    relay.stop()
    await running
