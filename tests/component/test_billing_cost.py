"""What a batch of uses costs whatever the machine: statements, round trips, and bytes of WAL an event."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.db import Connection
from tests.component.billing import INDICATIE, Billing, as_wire, billing_on, topic_of
from tests.component.said import given_to, use
from tests.component.test_billing_statements import person
from tests.unit.wire import AGB

PEOPLE = 500
USES = 2000
STATEMENTS_MAX = 16
"""Of a batch without a fault or a double; measured 13."""
WAL_BYTES_MAX = 1000
"""An event: the use with its three indexes, its month, its mark; measured 706."""


def uses() -> Iterator[str]:
    """Four uses of each person, in one month each."""
    for number in range(USES):
        month = number // PEOPLE + 1
        yield use(
            number % PEOPLE + 1, f"2026-0{month}-01", f"2026-0{month}-28", referentieNummer=f"R{number}"
        )


async def wal_bytes(tx: Connection) -> int:
    """What this session has written to the WAL until now, without the whole pages after a checkpoint."""
    await tx.execute("select pg_stat_force_next_flush()")
    found = await tx.fetchrow("select wal_bytes, wal_fpi from pg_stat_get_backend_wal(pg_backend_pid())")
    assert found is not None
    return int(found["wal_bytes"]) - int(found["wal_fpi"]) * 8192


@pytest.fixture
async def prepared(dsn: str) -> Any:
    async with billing_on(dsn) as billing:
        await billing.clear()
        facts = [given_to(person(number), number) for number in range(1, PEOPLE + 1)]
        said = billing.take([(INDICATIE, as_wire(line), None) for line in facts])
        async with billing.pool.acquire() as tx, tx.transaction():
            await billing.apply(tx, said)
        yield billing


async def test_a_batch_of_uses_stays_within_its_budget(prepared: Billing) -> None:
    sent = prepared.take([(topic_of(AGB), as_wire(line), None) for line in uses()])
    statements: list[str] = []
    async with prepared.pool.acquire() as tx:
        before = await wal_bytes(tx)
        async with tx.transaction():
            with tx.query_logger(lambda query: statements.append(query.query)):
                await prepared.apply(tx, sent)
        written = await wal_bytes(tx) - before
    assert len(statements) <= STATEMENTS_MAX, statements
    assert 0 < written / USES <= WAL_BYTES_MAX
