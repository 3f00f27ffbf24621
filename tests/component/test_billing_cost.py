"""What a batch of uses costs whatever the machine: statements, round trips, bytes of WAL an event, and rows read."""

from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence

import pytest

from shared.db import Connection
from shared.messaging import position
from shared.messaging.delivery import Delivery
from shared.messaging.outbox import Then, send_outbox
from shared.messaging.producer import Message
from shared.messaging.source import StreamSettings
from shared.messaging.stream import Stream
from tests.component.billing import INDICATIE, Billing, as_wire, billing_on, topic_of
from tests.component.closing import house
from tests.component.said import given_to, home, use
from tests.component.test_billing_statements import person
from tests.component.wire import wire_to
from tests.unit.wire import AGB

PEOPLE = 500
USES = 2000
BATCHES = 20
BATCH_MAX = (16, 14)
"""Statements and round trips of a batch without a fault or a double, with its positions, BEGIN and COMMIT; measured 14, 12."""
DETERMINED_MAX = (30, 33)
"""Of a round of determination; measured 27, 30."""
TOLD_MAX = (16, 16)
"""Of sending what both laid ready."""
WAL_BYTES_MAX = 1000
"""An event: the use with its three indexes, its month, its mark; measured 800."""
DETERMINED_WAL_BYTES_MAX = 4000
"""An event, each of which makes a line here: the line with its six indexes, its event in the outbox; measured 3,200."""


def uses() -> Iterator[str]:
    """Four uses of each person, in one month each."""
    for number in range(USES):
        month = number // PEOPLE + 1
        yield use(
            number % PEOPLE + 1, f"2026-0{month}-01", f"2026-0{month}-28", referentieNummer=f"R{number}"
        )


async def wal_bytes(billing: Billing) -> int:
    """What the session of this pool has written to the WAL until now, without the whole pages after a checkpoint."""
    async with billing.pool.acquire() as tx:
        await tx.execute("select pg_stat_force_next_flush()")
        found = await tx.fetchrow("select wal_bytes, wal_fpi from pg_stat_get_backend_wal(pg_backend_pid())")
    assert found is not None
    return int(found["wal_bytes"]) - int(found["wal_fpi"]) * 8192


async def with_facts(billing: Billing) -> Billing:
    """Let the people and their toewijzingen be known."""
    await billing.clear()
    facts = [
        line
        for number in range(1, PEOPLE + 1)
        for line in (home(person(number), huishouden=str(house(number))), given_to(person(number), number))
    ]
    said = billing.take([(INDICATIE, as_wire(line), None) for line in facts])
    async with billing.pool.acquire() as tx, tx.transaction():
        await billing.apply(tx, said)
    return billing


@pytest.fixture
async def prepared(dsn: str) -> AsyncIterator[Billing]:
    async with billing_on(dsn) as billing:
        yield await with_facts(billing)


async def stream_of(billing: Billing, sent: Sequence[Delivery]) -> Stream:
    """The consumer of these records, as it runs, but for the fetching."""
    settings = StreamSettings("gebruik", "none", topic_of(AGB), "127.0.0.1:1")
    stream = Stream(settings, billing.pool, billing.providers)
    async with billing.pool.acquire() as tx:
        stream._next = await position.read(tx, {one.partition for one in sent})
    return stream


async def told(billing: Billing) -> None:
    """Send what lies ready, as the relay does, but for Kafka."""
    async with billing.pool.acquire() as connection:

        async def send(_messages: Iterable[Message], then: Then) -> None:
            async with connection.transaction():
                await then()

        await send_outbox(connection, send)
        await billing.says.receipts(_there)(connection, send)


async def _there(_agb: str) -> None:
    """Its topic is there."""


async def test_a_batch_a_round_of_determination_and_telling_it_stay_within_their_budgets(dsn: str) -> None:
    async with wire_to(dsn) as (wire, address), billing_on(address) as billing:

        async def cost(work: Awaitable[object]) -> tuple[tuple[int, int], float]:
            wal = await wal_bytes(billing)
            wire.statements = wire.round_trips = 0
            await work
            counts = wire.statements, wire.round_trips
            return counts, (await wal_bytes(billing) - wal) / half

        await with_facts(billing)
        sent = billing.take([(topic_of(AGB), as_wire(line), None) for line in uses()])
        stream, half = await stream_of(billing, sent), USES // 2
        await stream._apply(sent[:half])  # by which every statement is prepared
        await billing.determination.determine()
        await told(billing)
        batch, batch_wal = await cost(stream._apply(sent[half:]))
        determined, determined_wal = await cost(billing.determination.determine())
        sending, _ = await cost(told(billing))
        assert await billing.pool.fetchval("select count(*) from outbox") == 0
    for counts, most in ((batch, BATCH_MAX), (determined, DETERMINED_MAX), (sending, TOLD_MAX)):
        assert counts > (0, 0)
        assert counts[0] <= most[0]
        assert counts[1] <= most[1]
    assert 0 < batch_wal <= WAL_BYTES_MAX
    assert 0 < determined_wal <= DETERMINED_WAL_BYTES_MAX


async def rows_scanned(tx: Connection) -> dict[str, int]:
    """By table that is not emptied again, how many rows this transaction has read by going through all of it."""
    rows = await tx.fetch(
        "select relname, seq_tup_read from pg_stat_xact_user_tables where relname in"
        " ('gebruik', 'gebruik_maand', 'toewijzing_versie', 'oordeel', 'bijdrage_regel', 'inning', 'lid', 'client')"
    )
    return {row[0]: row[1] for row in rows}


async def test_a_table_that_has_grown_since_it_was_empty_is_not_read_whole(prepared: Billing) -> None:
    """What PostgreSQL plans for an empty table it keeps until it is told better: of a new service, in its first minute."""
    sent = prepared.take([(topic_of(AGB), as_wire(line), None) for line in uses()])
    step = USES // BATCHES
    read = {}
    async with prepared.pool.acquire() as tx:
        for start in range(0, USES, step):
            async with tx.transaction():
                await prepared.apply(tx, sent[start : start + step])
                await prepared.determination._determine_dirty(tx)
                read = await rows_scanned(tx)
        written = (
            await tx.fetchval("select count(*) from gebruik"),
            await tx.fetchval("select count(*) from inning"),
        )
    assert written == (USES, PEOPLE)
    assert not any(read.values()), read
