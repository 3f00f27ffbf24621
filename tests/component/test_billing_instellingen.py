"""Settings come into force: what they touch is determined again, and nothing twice."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from services.billing.bepalen import Determination
from services.billing.domain.instellingen import Instellingen
from services.billing.instellingen.lezen import parse, standaard
from shared.kalender import format_month, parse_month
from shared.messaging.delivery import FatalError
from tests.component.billing import Billing
from tests.component.said import ANNA, HOME, given_to, home, use
from tests.unit.trials import plain
from tests.unit.wire import AGB

APRIL, MAY = use(1, "2026-04-01", "2026-04-30"), use(1, "2026-05-01", "2026-05-31")
LOWER = plain().replace("landelijk-2026-1", "eigen-1").replace("bedragCent: 2180", "bedragCent: 1000")


def settings(text: str) -> Instellingen:
    """The settings in this text."""
    return parse(text.encode(), "eigen.yml")


def copy(billing: Billing, instellingen: Instellingen) -> Determination:
    """A copy of the service that was started with these settings."""
    return Determination(billing.pool, instellingen, billing.clock, billing.says)


async def finish(determination: Determination) -> None:
    """Determine until nothing is dirty."""
    while await determination.determine():
        pass


async def tarief(billing: Billing) -> dict[str, int]:
    """The tariffs by which the database guards."""
    rows = await billing.pool.fetch("select maand, bedrag_cent from tarief")
    return {format_month(row["maand"]): row["bedrag_cent"] for row in rows}


async def charge(billing: Billing) -> None:
    """Anna's household, charged for April."""
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    await billing.determine()
    assert await billing.ledger() == {(HOME, "2026-04"): 2180}


async def test_a_database_begins_with_the_tariffs_that_ship(billing: Billing) -> None:
    assert await tarief(billing) == {format_month(m): cent for m, cent in standaard().tarief_cent.items()}


async def test_new_settings_determine_again_what_they_touch(billing: Billing) -> None:
    await charge(billing)
    await finish(copy(billing, settings(LOWER)))
    assert await billing.ledger() == {(HOME, "2026-04"): 1000}
    lines = await billing.lines()
    assert [(line["soort"], line["bedrag_cent"]) for line in lines] == [
        ("bijdrage", 2180),
        ("correctie", -1180),
    ]
    assert (await tarief(billing))["2026-04"] == 1000


async def test_a_tariff_that_is_taken_out_leaves_its_month_undetermined(billing: Billing) -> None:
    await charge(billing)
    await finish(copy(billing, settings(LOWER.replace("van: 2026-01", "van: 2026-05"))))
    assert await billing.ledger() == {}
    assert "2026-04" not in await tarief(billing)


async def test_the_same_settings_again_touch_nobody(billing: Billing) -> None:
    await charge(billing)
    again = copy(billing, standaard())
    assert await again.determine() == 0
    assert await billing.pool.fetchval("select count(*) from instellingen") == 1


async def test_the_same_versie_with_other_content_ends_the_service_and_changes_nothing(
    billing: Billing,
) -> None:
    await charge(billing)
    other = settings(LOWER.replace("eigen-1", standaard().versie))
    with pytest.raises(FatalError, match="landelijk-2026-1 were in force with another content"):
        await copy(billing, other).determine()
    assert await billing.ledger() == {(HOME, "2026-04"): 2180}
    assert (await tarief(billing))["2026-04"] == 2180


async def test_a_copy_with_former_settings_leaves_the_determination_to_others_and_says_so(
    billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    await charge(billing)
    newer = copy(billing, settings(LOWER))
    await finish(newer)
    await billing.provider(AGB, MAY)
    with caplog.at_level(logging.WARNING):
        assert [await billing.determination.determine() for _ in range(3)] == [0, 0, 0]
    assert [r.args for r in caplog.records if "leaves the determination" in r.message] == [
        ("landelijk-2026-1",)
    ]
    assert await billing.ledger() == {(HOME, "2026-04"): 1000}
    await finish(newer)
    assert await billing.ledger() == {(HOME, "2026-04"): 1000, (HOME, "2026-05"): 1000}


async def test_former_settings_come_back_under_a_new_versie_also_with_a_clock_that_was_set_back(
    billing: Billing,
) -> None:
    await charge(billing)
    await finish(copy(billing, settings(LOWER)))
    billing.clock.now = datetime(2026, 6, 1, tzinfo=UTC)
    await finish(copy(billing, settings(plain().replace("landelijk-2026-1", "landelijk-2026-1b"))))
    assert await billing.ledger() == {(HOME, "2026-04"): 2180}


async def test_copies_that_start_at_once_put_settings_in_force_once(billing: Billing) -> None:
    await charge(billing)
    copies = [copy(billing, settings(LOWER)) for _ in range(4)]
    while any(await asyncio.gather(*(one.determine() for one in copies))):
        pass
    assert await billing.ledger() == {(HOME, "2026-04"): 1000}
    assert len(await billing.lines()) == 2
    assert await billing.pool.fetchval("select count(*) from instellingen") == 2


async def test_where_the_beschikking_counts_a_new_month_is_owed_without_any_use(billing: Billing) -> None:
    by_beschikking = plain().replace("anders: gebruik", "anders: beschikking").replace("landelijk", "eigen")
    determination = copy(billing, settings(by_beschikking))
    await billing.owner(
        home(ANNA), given_to(ANNA, 1, ingangsdatum="2026-05-01", toegewezenOp="2026-05-01T12:00:00Z")
    )
    await finish(determination)
    assert sorted(await billing.ledger()) == [(HOME, "2026-05"), (HOME, "2026-06")]
    billing.clock.now = datetime(2026, 7, 1, 10, tzinfo=UTC)
    await finish(determination)
    assert max(await billing.ledger()) == (HOME, "2026-07")


async def test_a_definitive_month_keeps_its_amount_and_tariff_under_other_settings(billing: Billing) -> None:
    await charge(billing)
    await billing.provider(AGB, MAY)
    await billing.determine()
    await billing.pool.execute(
        "insert into maand (maand, begonnen_op, tot_regel, instellingen) values ($1, now(), 99, $2)",
        parse_month("2026-04"),
        standaard().versie,
    )
    await finish(copy(billing, settings(LOWER)))
    assert await billing.ledger() == {(HOME, "2026-04"): 2180, (HOME, "2026-05"): 1000}
    assert [(await tarief(billing))[month] for month in ("2026-04", "2026-05")] == [2180, 1000]
