"""Facts that contradict each other: taken in, decided by the rule, put on the work list once, and gone when mended."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.billing.domain.werk import UITLEG
from tests.component import promises
from tests.component.billing import INTAKE, Billing, billing_on
from tests.component.said import ANNA, HOME, changed, given_to, home, start, stop, use, withdraw
from tests.component.test_billing_ledger import merged
from tests.unit.cases import lives, pgb
from tests.unit.trials import zoetermeer
from tests.unit.wire import AGB, BERT, OTHER_HOME

APRIL = use(1, "2026-04-01", "2026-04-30")
CHARGED = {(HOME, "2026-04"): 2180}


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    async with billing_on(dsn) as own:
        yield own
        await promises.every_record_has_its_verdict(own)


async def items(billing: Billing) -> list[tuple[str, str | None, dict[str, Any]]]:
    """The open items: soort, client, what is said of it."""
    await billing.determine()
    rows = await billing.pool.fetch("select * from werk where afgehandeld_op is null order by nummer")
    assert all(row["soort"] in UITLEG for row in rows)
    return [
        (row["soort"], row["client_id"] and str(row["client_id"]), json.loads(row["gegevens"]))
        for row in rows
    ]


async def test_two_households_on_one_day_are_signalled_once_and_gone_when_mended(billing: Billing) -> None:
    await billing.owner(home(ANNA), home(ANNA, huishouden=OTHER_HOME, versie=1), given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    both = {"huishoudens": sorted([HOME, OTHER_HOME]), "vanaf": "2019-01-01"}
    assert await items(billing) == [("twee-huishoudens", ANNA, both)]
    assert await billing.ledger() == {(min(HOME, OTHER_HOME), "2026-04"): 2180}
    await billing.provider(AGB, use(1, "2026-05-01", "2026-05-31"))
    assert len(await items(billing)) == 1
    await billing.owner(home(BERT, huishouden=OTHER_HOME, versie=2))
    assert await items(billing) == []
    assert await billing.pool.fetchval("select besluit from werk") == "vervallen"


async def test_care_without_a_household_is_signalled_until_there_is_one(billing: Billing) -> None:
    await billing.owner(given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    assert await items(billing) == [("zonder-huishouden", ANNA, {"maand": "2026-04"})]
    await billing.owner(home(ANNA))
    assert await items(billing) == []
    assert await billing.ledger() == CHARGED


async def test_care_of_a_month_in_which_no_household_names_the_client_is_signalled(billing: Billing) -> None:
    await billing.owner(home(ANNA, tot="2026-03-31"), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"), APRIL)
    assert await items(billing) == [("zonder-huishouden", ANNA, {"maand": "2026-04"})]


def nowhere(maand: str, client: str = ANNA) -> list[tuple[str, str | None, dict[str, Any]]]:
    """The list where one client alone has care and no household, from a month on."""
    return [("zonder-huishouden", client, {"maand": maand})]


@pytest.mark.parametrize("first", ["use", "toewijzing"])
async def test_it_does_not_matter_whether_the_use_or_its_toewijzing_comes_first(
    billing: Billing, first: str
) -> None:
    if first == "use":
        await billing.provider(AGB, APRIL)
    await billing.owner(given_to(ANNA, 1))
    if first == "toewijzing":
        await billing.provider(AGB, APRIL)
    assert await items(billing) == nowhere("2026-04")
    await billing.provider(AGB, withdraw(1, json.loads(APRIL)["data"]["referentieNummer"]))
    assert await items(billing) == []


async def test_a_budget_without_a_household_is_signalled_until_it_is_taken_away(billing: Billing) -> None:
    await billing.owner(pgb("2026-01-15"))
    assert await items(billing) == nowhere("2026-02")
    await billing.owner(changed(ANNA, 1, "2026-02-01T12:00:00Z", reden="13"))
    assert await items(billing) == []


async def test_a_budget_is_signalled_when_its_first_month_begins(billing: Billing) -> None:
    await billing.owner(pgb("2026-06-10"))
    assert await items(billing) == []
    billing.clock.now = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert await items(billing) == nowhere("2026-07")


async def test_what_lasts_after_the_household_has_ended_is_signalled(billing: Billing) -> None:
    both = lives(HOME, ("2019-01-01", "2026-03-31", (ANNA, BERT)))
    await billing.owner(both, given_to(ANNA, 1, "13"), pgb("2026-01-01", BERT, 2))
    await billing.provider(AGB, use(1, "2026-01-01", "2026-01-31", "13"))
    assert await items(billing) == nowhere("2026-04") + nowhere("2026-04", BERT)


async def test_whom_a_household_names_no_longer_is_signalled(billing: Billing) -> None:
    await billing.owner(home(ANNA, BERT), pgb("2026-01-01"))
    assert await items(billing) == []
    await billing.owner(home(BERT, versie=2))
    assert await items(billing) == nowhere("2026-01")
    await billing.owner(home(ANNA, huishouden=OTHER_HOME, van="2026-03-01"))
    assert await items(billing) == nowhere("2026-01")
    await billing.owner(home(ANNA, huishouden=OTHER_HOME, van="2026-01-01", versie=3))
    assert await items(billing) == []


async def test_a_household_that_is_erased_leaves_who_has_care_on_the_list(billing: Billing) -> None:
    await billing.owner(home(ANNA), pgb("2026-01-01"))
    assert await items(billing) == []
    await billing.erase(INTAKE, f"nl.wijkzorg.huishouden-vastgesteld/{HOME}")
    assert await items(billing) == nowhere("2026-01")


async def test_who_is_one_person_with_a_member_of_a_household_is_in_it(billing: Billing) -> None:
    await billing.owner(home(BERT), pgb("2026-01-01"))
    assert await items(billing) == nowhere("2026-01")
    await billing.owner(merged(ANNA, BERT, 1))
    assert await items(billing) == []
    await billing.owner(merged(ANNA, None, 2))
    assert await items(billing) == nowhere("2026-01")


async def test_the_list_says_from_which_month_on_as_it_is_known_now(billing: Billing) -> None:
    await billing.owner(given_to(ANNA, 1))
    await billing.provider(AGB, APRIL)
    assert await items(billing) == nowhere("2026-04")
    await billing.provider(AGB, use(1, "2026-02-01", "2026-02-28"))
    assert await items(billing) == nowhere("2026-02")


async def test_settings_by_which_care_is_in_use_bring_it_on_the_list(billing: Billing) -> None:
    await billing.owner(given_to(ANNA, 1))
    assert await items(billing) == []
    billing.restart(instellingen=zoetermeer())
    assert await items(billing) == nowhere("2019-01")


async def test_care_of_youth_without_a_household_concerns_nobody(billing: Billing) -> None:
    await billing.owner(given_to(ANNA, 1, "J01"))
    await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30", "J01"))
    assert await items(billing) == []


async def test_a_month_without_a_tariff_is_signalled_once_for_all_households(billing: Billing) -> None:
    billing.clock.now = datetime(2027, 3, 1, 10, tzinfo=UTC)
    await billing.owner(home(ANNA), home(BERT, huishouden=OTHER_HOME), given_to(ANNA, 1), given_to(BERT, 2))
    await billing.provider(AGB, use(1, "2027-01-01", "2027-01-31"), use(2, "2027-01-01", "2027-01-31"))
    assert await items(billing) == [("zonder-tarief", None, {})]
    await billing.provider(AGB, withdraw(1, "1/2027-01-01"))
    assert await items(billing) == [("zonder-tarief", None, {})]
    await billing.provider(AGB, withdraw(2, "2/2027-01-01"))
    assert await items(billing) == []


async def test_a_stop_before_the_start_is_signalled_and_the_use_decides(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, start(1, "2026-04-01"), stop(1, "2026-03-01"), APRIL)
    assert await items(billing) == [("stop-voor-start", ANNA, {"toewijzingNummer": 1})]
    assert await billing.ledger() == CHARGED


async def test_a_number_with_two_contents_is_signalled_with_its_place(billing: Billing) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    other = use(1, "2026-05-01", "2026-05-31", referentieNummer=json.loads(APRIL)["data"]["referentieNummer"])
    await billing.provider(AGB, APRIL)
    await billing.provider(AGB, other, APRIL)
    ((soort, client, gegevens),) = await items(billing)
    assert (soort, client, gegevens["aanbieder"]) == ("dubbel-nummer", None, AGB)
    assert await billing.ledger() == CHARGED


async def test_one_versie_with_two_contents_is_signalled_also_within_one_batch(billing: Billing) -> None:
    await billing.owner(home(ANNA, versie=3), home(BERT, versie=3), given_to(ANNA, 1))
    found = await items(billing)
    assert [(soort, gegevens["versie"]) for soort, _, gegevens in found] == [("dubbele-versie", 3)]
    await billing.owner(home(ANNA, BERT, versie=3))
    assert len(await items(billing)) == 1


async def test_a_toewijzing_with_two_contents_under_one_moment_of_decision_is_signalled(
    billing: Billing,
) -> None:
    op = "2026-03-01T10:00:00Z"
    await billing.owner(home(ANNA), given_to(ANNA, 1), changed(ANNA, 1, op), changed(ANNA, 1, op))
    assert await items(billing) == []
    await billing.owner(changed(ANNA, 1, op, einddatum="2026-03-31"))
    assert await items(billing) == [("dubbele-versie", ANNA, {"toewijzingNummer": 1})]


async def test_a_circle_of_mergers_is_signalled_and_the_lowest_client_counts(billing: Billing) -> None:
    await billing.owner(
        home(ANNA), home(BERT, huishouden=OTHER_HOME), merged(ANNA, BERT, 1), merged(BERT, ANNA, 2)
    )
    assert ("kring", min(ANNA, BERT), {}) in await items(billing)
    await billing.owner(merged(BERT, None, 3))
    assert "kring" not in [soort for soort, _, _ in await items(billing)]
