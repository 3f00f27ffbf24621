"""Several copies of billing at once on one database: what waits for what, seen in PostgreSQL's own list of locks."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from services.billing.store import bijdrage, gebruik
from shared import db
from shared.kalender import parse_month
from tests.component import promises
from tests.component.billing import INDICATIE, Billing, as_wire, billing_on, topic_of
from tests.component.said import ANNA, HOME, changed, given_to, home, use, withdraw
from tests.harness import eventually
from tests.unit.wire import AGB

OTHER_AGB = "12345678"
APRIL = use(1, "2026-04-01", "2026-04-30")
CHARGED = {(HOME, "2026-04"): 2180}


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    async with billing_on(dsn) as own:
        yield own
        await own.determine()
        await own.tell()
        await promises.every_record_has_its_verdict(own)
        await promises.months_are_those_of_the_uses(own)
        await promises.ledger_holds(own)
        await promises.all_is_told(own)


@asynccontextmanager
async def uncommitted(billing: Billing, topic: str, *lines: str) -> AsyncIterator[None]:
    """A batch that is handled, and committed when the block ends."""
    async with billing.pool.acquire() as tx, tx.transaction():
        await billing.apply(tx, billing.take([(topic, as_wire(line), None) for line in lines]))
        yield


async def meanwhile(billing: Billing, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start this, and go on when it waits for a lock that another session of this database holds."""
    task = asyncio.create_task(work)

    async def waits() -> bool:
        assert not task.done(), "it did not wait"
        blocked = (
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0"
        )
        return bool(await billing.pool.fetchval(blocked))

    await eventually(waits, "the other to wait")
    return task


def by_other(line: str) -> str:
    """The same from another provider."""
    return line.replace(AGB, OTHER_AGB)


USE = topic_of(AGB), APRIL
TOEWIJZING = INDICATIE, given_to(ANNA, 1)


@pytest.mark.parametrize(("first", "second"), [(USE, TOEWIJZING), (TOEWIJZING, USE)])
async def test_a_use_and_its_toewijzing_at_once_never_miss_each_other(
    billing: Billing, first: tuple[str, str], second: tuple[str, str]
) -> None:
    await billing.owner(home(ANNA))
    async with uncommitted(billing, *first):
        topic, line = second
        other = await meanwhile(billing, billing.handle([(topic, as_wire(line), None)]))
    await other
    assert await billing.verdict(AGB, 0) == ("geaccepteerd", None)
    await billing.determine()
    assert await billing.ledger() == CHARGED


async def test_providers_do_not_wait_for_each_other(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    async with uncommitted(billing, topic_of(AGB), APRIL):
        await billing.provider(OTHER_AGB, by_other(APRIL))


async def test_two_providers_of_one_month_are_both_in_its_sum(billing: Billing) -> None:
    """One takes a use back, so that the month is summed anew, while the other adds a use to it."""
    await billing.owner(
        home(ANNA), given_to(ANNA, 1), changed(ANNA, 1, "2026-04-01T10:00:00Z", aanbieder=OTHER_AGB)
    )
    await billing.provider(AGB, APRIL, use(1, "2026-04-03", "2026-04-04"))
    async with uncommitted(billing, topic_of(OTHER_AGB), by_other(use(1, "2026-04-05", "2026-04-06"))):
        other = await meanwhile(billing, billing.provider(AGB, withdraw(1, "1/2026-04-01")))
    await other
    async with uncommitted(billing, topic_of(AGB), withdraw(1, "1/2026-04-03")):
        adding = billing.provider(OTHER_AGB, by_other(use(1, "2026-04-07", "2026-04-08")))
        other = await meanwhile(billing, adding)
    await other
    assert await billing.pool.fetchval("select aantal from gebruik_maand") == 2


async def test_a_month_that_another_copy_is_making_is_summed_after_it(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))

    async def resum() -> None:
        async with billing.pool.acquire() as tx, tx.transaction():
            await gebruik.resum(tx, [(1, parse_month("2026-04")), (2, parse_month("2026-04"))])

    async with uncommitted(billing, topic_of(AGB), APRIL):
        other = await meanwhile(billing, resum())
    await other


async def test_only_one_copy_determines_at_a_time(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    async with billing.pool.acquire() as other_copy:
        assert await bijdrage.try_lock(other_copy)
        assert await billing.determination.determine() == 0
    await billing.determine()
    assert await billing.ledger() == CHARGED
    locks = (
        "select count(*) from pg_locks join pg_database d on d.oid = database and datname = current_database()"
        " where locktype = 'advisory'"
    )
    assert await billing.pool.fetchval(locks) == 0


async def test_a_determination_sees_the_facts_of_one_moment(billing: Billing) -> None:
    """The only use of an aid is taken back after the determination has read its months, and before it names it."""
    await billing.owner(home(ANNA), given_to(ANNA, 1, "12"))
    await billing.determine()
    await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30", "12"))
    async with AsyncExitStack() as held:
        tx: db.Connection = await held.enter_async_context(billing.pool.acquire())
        await held.enter_async_context(tx.transaction())
        await tx.execute("lock table bijdrage_regel")
        determining = await meanwhile(billing, billing.determination.determine())
        await billing.provider(AGB, withdraw(1, "1/2026-04-01"))
    await determining
    assert {maand for _, maand in await billing.ledger()} == {"2026-04", "2026-05", "2026-06"}
    await billing.determine()
    assert await billing.ledger() == {}


async def test_whoever_is_determined_meets_all_marks_of_his_circle_and_names_them(billing: Billing) -> None:
    """The oldest mark of a client has no cause, as a new month makes them; a later one says why his month changes."""
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30"))
    await billing.determine()
    await billing.pool.execute("insert into vuil (client_id) select client_id from toewijzing_versie limit 1")
    taken_back = withdraw(1, "1/2026-04-01", name="taken back")
    await billing.provider(AGB, taken_back)
    billing.restart(dirty_max=1)
    await billing.determination.determine()
    lines = await billing.pool.fetch("select aanleiding from bijdrage_regel where soort = 'correctie'")
    assert [row["aanleiding"] for row in lines] == [[json.loads(taken_back)["id"]]]
    assert not await billing.pool.fetchval("select count(*) from vuil")
