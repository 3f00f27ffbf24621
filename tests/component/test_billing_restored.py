"""Billing restored to before a fact that changed things, and one that changes them back comes before all is caught up."""

from collections.abc import AsyncIterator, Iterable, Mapping
from copy import deepcopy
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from services.billing.handlers.verteld import Told, settling
from services.billing.store.bijdrage import Line, add_lines
from shared.messaging.delivery import Delivery, Partition
from shared.messaging.outbox import Then
from shared.messaging.producer import Message
from tests.component import promises
from tests.component.billing import INDICATIE, Billing, as_wire, billing_on
from tests.component.delivered import delivery
from tests.component.said import ANNA, HOME, changed, given_to, home, use
from tests.unit.wire import AGB

SOURCE = "urn:nld:oin:0637:systeem:billing"
GIVEN = given_to(ANNA, 1)
REMOVED = changed(ANNA, 1, "2026-05-02T10:00:00Z", reden="13")
GIVEN_AGAIN = changed(ANNA, 1, "2026-05-03T10:00:00Z")
REMOVED_AGAIN = changed(ANNA, 1, "2026-05-04T10:00:00Z", reden="13")


@pytest.fixture
async def clone(dsn: str) -> AsyncIterator[str]:
    """The address of a database that will be a copy of billing's."""
    name = urlsplit(dsn).path[1:] + "_clone"
    yield urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))
    admin = await asyncpg.connect(dsn)
    await admin.execute(f"drop database if exists {name} with (force)")
    await admin.close()


async def copied(dsn: str, clone: str) -> None:
    """Have the clone be what billing's database is now, that nobody uses."""
    admin = await asyncpg.connect(urlunsplit(urlsplit(dsn)._replace(path="/postgres")))
    await admin.execute(f"create database {urlsplit(clone).path[1:]} template {urlsplit(dsn).path[1:]}")
    await admin.close()


async def hear(
    billing: Billing, sent: Iterable[Message], ends: Mapping[Partition, int], source: str = SOURCE
) -> None:
    """Have billing hear what it sent, each record twice, until its logs end there."""

    async def ended() -> Mapping[Partition, int]:
        return ends

    heard: list[Delivery] = [delivery(m.topic, place, m.value) for place, m in enumerate(sent)]
    told = Told(source, ended)
    for batch in (heard, list(reversed(heard))):
        async with billing.pool.acquire() as tx, tx.transaction():
            await told.hear(tx, batch)
            await told.done(tx)


async def settled(billing: Billing) -> int:
    """Run the errand that settles what was heard; how many verdicts are told again."""

    async def send(_messages: Iterable[Message], _then: Then) -> None:
        raise AssertionError("what is told again goes by the outbox")

    async with billing.pool.acquire() as connection:
        return await settling(billing.says)(connection, send)


async def begun(billing: Billing) -> None:
    """A delivery that was accepted, charged and told."""
    await billing.owner(home(ANNA), GIVEN)
    await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30"))
    await billing.determine()
    await billing.tell()


async def test_what_was_changed_and_is_changed_back_is_told_again_above_what_is_known(
    dsn: str, clone: str
) -> None:
    async with billing_on(dsn) as lost:
        await begun(lost)
    await copied(dsn, clone)
    async with billing_on(dsn) as lost_too:
        lost_too.delivered, lost_too.sent = deepcopy(lost.delivered), list(lost.sent)
        await lost_too.owner(REMOVED)
        await lost_too.determine()
        await lost_too.tell()
        await promises.all_is_told(lost_too)
        lines = await lost_too.lines()
        assert [line["bedrag_cent"] for line in lines] == [2180, -2180]
    async with billing_on(clone) as restored:
        restored.delivered, restored.sent = deepcopy(lost.delivered), list(lost_too.sent)
        await hear(restored, lost_too.sent[len(lost.sent) :], {Partition(INDICATIE, 0): 3})
        assert [line["versie"] for line in await restored.lines()] == [line["versie"] for line in lines]
        await restored.pool.execute("insert into vuil (huishouden_id) values ($1)", HOME)
        assert await restored.determination.determine() == 0, "it determined before it had caught up"
        assert await settled(restored) == 0
        await restored.handle([(INDICATIE, as_wire(said), None) for said in (REMOVED, GIVEN_AGAIN)])
        assert await settled(restored) == 1
        await restored.determine()
        await restored.tell()
        await promises.every_record_has_its_verdict(restored)
        await promises.ledger_holds(restored)
        await promises.all_is_told(restored)
        assert await restored.ledger() == {(HOME, "2026-04"): 2180}
        assert await settled(restored) == 0


async def waive(billing: Billing, cents: int) -> None:
    """Waive so much of the last month in the ledger."""
    last = (await billing.lines())[-1]
    line = Line(*(last[name] for name in Line._fields))
    waiver = line._replace(versie=line.versie + 1, soort="kwijtschelding", bedrag_cent=-cents, wet="art. 9")
    async with billing.pool.acquire() as tx, tx.transaction():
        await add_lines(tx, [waiver], billing.clock())


@pytest.mark.parametrize("waived", [2180, 100])
@pytest.mark.parametrize("said", [[REMOVED], [REMOVED, GIVEN_AGAIN], [REMOVED, GIVEN_AGAIN, REMOVED_AGAIN]])
async def test_a_waiver_in_the_backup_lapses_where_a_told_correction_takes_the_charge_back(
    dsn: str, clone: str, waived: int, said: list[str]
) -> None:
    async with billing_on(dsn) as lost:
        await begun(lost)
        await waive(lost, waived)
    await copied(dsn, clone)
    async with billing_on(dsn) as lost_too, billing_on(clone) as restored:
        for billing in (lost_too, restored):
            billing.delivered = deepcopy(lost.delivered)
        for fact in said:
            await lost_too.owner(fact)
            await lost_too.determine()
        await lost_too.tell()
        lines = [tuple(line)[1:] for line in await lost_too.lines()]
        assert len(lines) == 2 + len(said) + 1, "what lapsed is one line"
        assert (await lost_too.lines())[-1]["netto_cent"] == (2180 if said[-1] == GIVEN_AGAIN else 0)
        await hear(restored, lost_too.sent, {Partition(INDICATIE, 0): 2 + len(said)})
        assert [tuple(line)[1:] for line in await restored.lines()] == lines
        await restored.owner(*said)
        await settled(restored)
        await restored.determine()
        assert [tuple(line)[1:] for line in await restored.lines()] == lines


async def test_a_line_that_does_not_follow_from_the_ledger_is_not_taken_back(dsn: str, clone: str) -> None:
    async with billing_on(dsn) as lost:
        await lost.owner(home(ANNA), GIVEN)
    await copied(dsn, clone)
    async with billing_on(dsn) as lost_too, billing_on(clone) as restored:
        for billing in (lost_too, restored):
            billing.delivered = deepcopy(lost.delivered)
            await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30"))
            await billing.determine()
        await lost_too.owner(REMOVED)
        await lost_too.determine()
        await lost_too.tell()
        correction = [message for message in lost_too.sent if b"gecorrigeerd" in (message.value or b"")]
        assert len(correction) == 1
        restored.clock.now += timedelta(hours=1)
        await restored.owner(REMOVED)
        await restored.determine()
        mine = await restored.lines()
        await hear(restored, correction, {})
        assert await restored.lines() == mine
        await promises.ledger_holds(restored)
