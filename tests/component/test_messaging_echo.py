"""A relay hears what its database does not know to be told: after a crash, after others spoke, and by one copy for all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest

from shared import db
from shared.contracts.contract import INDICATIE
from shared.messaging import echo, outbox
from shared.messaging.delivery import Delivery, FatalError
from shared.messaging.echo import Echo
from shared.messaging.outbox import Relay
from shared.messaging.producer import Message
from tests.harness import Wijkzorg, eventually

NOW = datetime(2026, 6, 15, tzinfo=UTC)
KEYS = ("anna", "bert", "carla")


class Heard:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self.ended = 0

    async def hear(self, _tx: db.Connection, deliveries: Sequence[Delivery]) -> None:
        self.values += [delivery.value for delivery in deliveries]

    async def done(self, _tx: db.Connection) -> None:
        self.ended += 1


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    own = await db.connect(dsn)
    yield own
    await own.close()


def said(wijkzorg: Wijkzorg, *numbers: int) -> list[Message]:
    """Numbered messages of three keys in turn."""
    topic = wijkzorg.topic(INDICATIE)
    return [Message(topic, KEYS[number % 3], b"%d" % number) for number in numbers]


def echo_of(wijkzorg: Wijkzorg) -> tuple[Echo, Heard]:
    """An echo of one topic, and what it hears."""
    heard = Heard()
    return Echo(wijkzorg.kafka, f"^{wijkzorg.topic(INDICATIE)}$", heard), heard


@asynccontextmanager
async def relaying(wijkzorg: Wijkzorg, own: Echo, address: db.Address | None = None) -> AsyncIterator[Relay]:
    """A relay that runs with this echo."""
    relay = Relay(address or (lambda: wijkzorg.dsn), wijkzorg.kafka, echo=own)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        await running
        await own.close()


async def until_sent(connection: asyncpg.Connection) -> None:
    """Wait until the outbox is empty."""

    async def empty() -> bool:
        return not await connection.fetchval("select count(*) from outbox")

    await eventually(empty, "the outbox to be sent")


async def values(wijkzorg: Wijkzorg) -> list[int]:
    """All there is on the topic."""
    return sorted(int(record.value) for record in await wijkzorg.records(wijkzorg.topic(INDICATIE)))


async def test_a_relay_hears_nothing_of_what_it_told_itself(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    for numbers in (range(30), range(30, 60)):
        own, heard = echo_of(wijkzorg)
        async with relaying(wijkzorg, own):
            await outbox.put(connection, said(wijkzorg, *numbers), NOW)
            await until_sent(connection)
        assert own.heard
        assert heard.values == []
    assert sum((await echo.read_told(connection)).values()) == 60


async def test_what_was_sent_and_still_lies_in_the_outbox_is_not_sent_again(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await outbox.put(connection, said(wijkzorg, 0, 1, 2, 3), NOW)
    await wijkzorg.send(said(wijkzorg, 0, 1, 2))
    own, heard = echo_of(wijkzorg)
    async with relaying(wijkzorg, own):
        await until_sent(connection)
    assert await values(wijkzorg) == [0, 1, 2, 3]
    assert (sorted(int(value or b"") for value in heard.values), heard.ended) == ([0, 1, 2], 1)


KILLED_ONCE = """
    create sequence deaths;
    create function die() returns trigger language plpgsql as $$
    begin
        if nextval('deaths') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
        return null;
    end $$;
    create trigger killed_once after delete on outbox for each statement execute function die()
"""


async def test_a_relay_killed_after_it_sent_and_noted_sends_nothing_again(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await connection.execute(KILLED_ONCE)
    own, heard = echo_of(wijkzorg)
    async with relaying(wijkzorg, own):
        await outbox.put(connection, said(wijkzorg, *range(30)), NOW)
        await until_sent(connection)
    await connection.execute("drop trigger killed_once on outbox; drop function die; drop sequence deaths")
    assert await values(wijkzorg) == [*range(30)]
    assert sorted(int(value or b"") for value in heard.values) == [*range(30)]


async def test_what_somebody_else_published_between_is_heard_with_the_next_sending(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HEAR_SECONDS", 3600.0)
    own, heard = echo_of(wijkzorg)
    async with relaying(wijkzorg, own):
        await outbox.put(connection, said(wijkzorg, 0), NOW)
        await until_sent(connection)
        await wijkzorg.send(said(wijkzorg, 3))
        assert heard.values == []
        await outbox.put(connection, said(wijkzorg, 6), NOW)

        async def both() -> bool:
            return sorted(int(value or b"") for value in heard.values) == [3, 6]

        await eventually(both, "it to be heard, and what was sent after it")


async def test_what_a_zombie_still_published_is_heard_although_nothing_more_is_told(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    (own, heard), (zombie, _) = echo_of(wijkzorg), echo_of(wijkzorg)

    async def know_all() -> bool:
        return own.heard and zombie.heard

    async with relaying(wijkzorg, own):
        await outbox.put(connection, said(wijkzorg, 0), NOW)
        await until_sent(connection)
        await wijkzorg.send(said(wijkzorg, 3))
        async with relaying(wijkzorg, zombie):
            await eventually(know_all, "the copy without the role to be ready")
    assert [int(value or b"") for value in heard.values] == [3]


async def test_a_copy_without_the_role_knows_when_the_other_has_heard_all(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await wijkzorg.send(said(wijkzorg, *range(500)))
    (first, heard), (second, nothing) = echo_of(wijkzorg), echo_of(wijkzorg)
    assert not first.heard
    async with relaying(wijkzorg, first), relaying(wijkzorg, second):

        async def both() -> bool:
            return first.heard and second.heard

        await eventually(both, "both copies to know that all is heard")
    assert len(heard.values) + len(nothing.values) == 500
    assert heard.ended + nothing.ended == 1
    assert sum((await echo.read_told(connection)).values()) == 500


async def test_a_copy_without_the_role_does_not_wait_for_what_is_told_while_it_looks(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await wijkzorg.send(said(wijkzorg, 0, 1, 2))
    own, _ = echo_of(wijkzorg)
    await own.look(connection)
    assert own.left == 3
    told = await own._ends.read(f"^{wijkzorg.topic(INDICATIE)}$")
    await wijkzorg.send(said(wijkzorg, 3, 4, 5))
    await connection.executemany(
        "insert into told (topic, partition, next) values ($1, $2, $3)", [(*p, at) for p, at in told.items()]
    )
    await own.look(connection)
    assert own.heard
    await own.close()


async def test_a_database_that_was_away_may_be_an_older_one(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    addresses = [wijkzorg.dsn]
    own, heard = echo_of(wijkzorg)

    async def is_heard() -> bool:
        return own.heard

    async def is_unsure() -> bool:
        return not own.heard

    async with relaying(wijkzorg, own, lambda: addresses[-1]):
        await outbox.put(connection, said(wijkzorg, 0, 1, 2), NOW)
        await until_sent(connection)
        await eventually(is_heard, "the relay to know all")
        addresses.append("postgresql://nobody@127.0.0.1:9/nothing")
        await connection.execute("delete from told")
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_locks join pg_database d on d.oid = database"
            " where locktype = 'advisory' and d.datname = current_database()"
        )
        await eventually(is_unsure, "the relay to notice")
        assert heard.values == []
        addresses.pop()
        await eventually(is_heard, "the relay to have heard all again")
    assert sorted(int(value or b"") for value in heard.values) == [0, 1, 2]


async def test_a_relay_that_is_told_of_a_doubt_hears_again_though_its_own_session_goes_on(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    own, heard = echo_of(wijkzorg)

    async def is_heard() -> bool:
        return own.heard

    async with relaying(wijkzorg, own):
        await outbox.put(connection, said(wijkzorg, 0, 1, 2), NOW)
        await until_sent(connection)
        await eventually(is_heard, "the relay to know all")
        await connection.execute("delete from told")
        own.forget()
        await eventually(is_heard, "the relay to have heard all again")
    assert sorted(int(value or b"") for value in heard.values) == [0, 1, 2]


async def test_a_topic_that_ends_before_what_was_told_on_it_stops_the_service(
    wijkzorg: Wijkzorg, connection: asyncpg.Connection
) -> None:
    await connection.execute("insert into told values ($1, 0, 10)", wijkzorg.topic(INDICATIE))
    own, _ = echo_of(wijkzorg)
    relay = Relay(lambda: wijkzorg.dsn, wijkzorg.kafka, echo=own)
    with pytest.raises(
        FatalError, match="ends at offset 0, but this service has told up to 10: Kafka has lost"
    ):
        await relay.run()
    await own.close()
