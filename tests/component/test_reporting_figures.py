"""What counts where: the figures of a wijk follow the facts, however late these come."""

from collections.abc import AsyncIterator

import pytest

from local import Backends
from tests.component.reported import (
    ANNA,
    BERT,
    CENTRUM,
    HOME,
    MEERZICHT,
    OTHER_HOME,
    accepted,
    changed,
    given,
    home,
    judged,
    lives,
    melding,
    onderzoek,
    owes,
    plan,
    refused,
    taken_back,
)
from tests.component.reporting import Reporting, reporting_on
from tests.conftest import own_database


@pytest.fixture
async def reporting(backends: Backends) -> AsyncIterator[Reporting]:
    async with own_database(backends, "reporting") as dsn, reporting_on(dsn) as own:
        yield own


async def test_every_wijk_of_the_file_has_a_row_also_without_figures(reporting: Reporting) -> None:
    answer = await reporting.figures()
    assert [row["naam"] for row in answer["wijken"]][:2] == ["Centrum", "Meerzicht"]
    assert len(answer["wijken"]) == 9
    assert answer["wijken"][0]["inwoners"] == 21690
    assert answer["totaal"]["clienten"] == 0


async def test_a_melding_counts_where_the_client_lived_that_day(reporting: Reporting) -> None:
    await reporting.say(melding(ANNA, "2026-01-15"), onderzoek(ANNA, netwerk=2, maatwerk=1))
    assert (await reporting.wijk(None))["meldingen"] == 1
    await reporting.say(lives(ANNA))
    row = await reporting.wijk(CENTRUM)
    assert (row["meldingen"], row["clienten"]) == (1, 1)
    assert {rung: number for rung, number in row["oplossingen"].items() if number} == {
        "netwerk": 2,
        "maatwerk": 1,
    }
    assert [month["maand"] for month in row["maanden"]] == ["2026-01"]


async def test_an_onderzoek_waits_for_its_melding(reporting: Reporting) -> None:
    await reporting.say(lives(ANNA), onderzoek(ANNA, netwerk=1))
    assert (await reporting.figures())["totaal"]["oplossingen"]["netwerk"] == 0


async def test_a_use_counts_where_the_client_lived_on_the_first(reporting: Reporting) -> None:
    wijk = {"jaar": 2024, "code": MEERZICHT}
    moved = [
        {"van": "2025-01-01", "tot": "2026-02-01", "wijk": wijk | {"code": CENTRUM}, "leeftijdsgroep": "85+"},
        {"van": "2026-02-02", "wijk": wijk, "leeftijdsgroep": "85+"},
    ]
    uses = [accepted(place, 1, f"2026-0{place}") for place in (1, 2, 3)]
    await reporting.say(judged(*uses), given(ANNA, 1), lives(ANNA, perioden=moved))
    assert (await reporting.wijk(CENTRUM))["gebruik"] == 2
    assert (await reporting.wijk(MEERZICHT))["gebruik"] == 1


async def test_a_client_in_two_wijken_counts_once_in_the_whole(reporting: Reporting) -> None:
    await reporting.say(lives(ANNA), given(ANNA, 1), judged(accepted(1, 1, "2026-01")))
    wijk = {"jaar": 2024, "code": MEERZICHT}
    later = [{"van": "2026-02-01", "wijk": wijk, "leeftijdsgroep": "85+"}]
    before = {
        "van": "2025-01-01",
        "tot": "2026-01-31",
        "wijk": wijk | {"code": CENTRUM},
        "leeftijdsgroep": "85+",
    }
    await reporting.say(lives(ANNA, versie=2, perioden=[before, *later]), judged(accepted(2, 1, "2026-02")))
    answer = await reporting.figures()
    assert sum(row["clienten"] for row in answer["wijken"]) == 2
    assert answer["totaal"]["clienten"] == 1
    assert [month["clienten"] for month in answer["totaal"]["maanden"]] == [1, 1]


async def test_a_merger_moves_what_was_counted_to_the_client_it_ends_in(reporting: Reporting) -> None:
    await reporting.say(
        lives(ANNA), lives(BERT, MEERZICHT), given(ANNA, 1), given(BERT, 2), melding(ANNA), home(ANNA),
        judged(accepted(1, 1), accepted(2, 2)), owes(HOME, "2026-01", 1900),
    )  # fmt: skip
    assert (await reporting.figures())["totaal"]["clienten"] == 2
    await reporting.say(lives(ANNA, versie=2, opgegaanIn=BERT))
    row = await reporting.wijk(MEERZICHT)
    assert (row["meldingen"], row["gebruik"], row["clienten"], row["bijdragenCent"]) == (1, 2, 1, 1900)
    assert (await reporting.figures())["totaal"]["clienten"] == 1


async def test_clients_merged_in_a_circle_are_the_lowest_of_it(reporting: Reporting) -> None:
    await reporting.say(
        lives(ANNA, opgegaanIn=BERT), lives(BERT, MEERZICHT, opgegaanIn=ANNA), given(BERT, 1), judged(accepted(1, 1))
    )  # fmt: skip
    assert (await reporting.wijk(CENTRUM))["gebruik"] == 1


async def test_the_latest_decided_toewijzing_says_whose_a_use_is(reporting: Reporting) -> None:
    await reporting.say(lives(ANNA), lives(BERT, MEERZICHT), judged(accepted(1, 1)))
    assert (await reporting.wijk(None))["gebruik"] == 1
    await reporting.say(changed(BERT, 1, op="2026-02-01T00:00:00Z"), given(ANNA, 1))
    assert (await reporting.wijk(MEERZICHT))["gebruik"] == 1


async def test_a_use_is_taken_back_whatever_comes_first(reporting: Reporting) -> None:
    await reporting.say(lives(ANNA), given(ANNA, 1))
    await reporting.say(judged(taken_back(3, "R1")), judged(accepted(1, 1), accepted(2, 1)))
    assert (await reporting.figures())["totaal"]["gebruik"] == 1
    await reporting.say(judged(taken_back(4, "R2")))
    whole = (await reporting.figures())["totaal"]
    assert (whole["gebruik"], whole["clienten"], whole["maanden"]) == (0, 0, [])


async def test_a_revision_takes_an_acceptance_back_and_may_come_before_it(reporting: Reporting) -> None:
    await reporting.say(judged(refused(1, versie=2)), judged(accepted(1, 1, versie=1)))
    assert (await reporting.figures())["totaal"]["gebruik"] == 0
    await reporting.say(judged(accepted(1, 1, versie=3)), judged(accepted(1, 1, versie=3)))
    assert (await reporting.figures())["totaal"]["gebruik"] == 1


async def test_one_providers_withdrawal_leaves_anothers_use_alone(reporting: Reporting) -> None:
    await reporting.say(judged(accepted(1, 1)), judged(taken_back(1, "R1"), agb="12345678"))
    assert (await reporting.figures())["totaal"]["gebruik"] == 1


async def test_a_bijdrage_is_the_total_of_the_highest_versie(reporting: Reporting) -> None:
    await reporting.say(
        lives(ANNA), home(ANNA), owes(HOME, "2026-01", 0, versie=2), owes(HOME, "2026-01", 1900)
    )
    whole = (await reporting.figures())["totaal"]
    assert (whole["bijdragen"], whole["bijdragenCent"]) == (0, 0)
    await reporting.say(owes(HOME, "2026-01", 2060, versie=3))
    row = await reporting.wijk(CENTRUM)
    assert (row["bijdragen"], row["bijdragenCent"]) == (1, 2060)


async def test_a_huishouden_is_where_its_lowest_client_with_a_wijk_lives(reporting: Reporting) -> None:
    await reporting.say(home(BERT, ANNA), lives(BERT, MEERZICHT), owes(HOME, "2026-01", 1900))
    assert (await reporting.wijk(MEERZICHT))["bijdragen"] == 1
    await reporting.say(lives(ANNA))
    assert (await reporting.wijk(CENTRUM))["bijdragen"] == 1


async def test_who_went_to_another_huishouden_no_longer_says_where_the_first_is(reporting: Reporting) -> None:
    await reporting.say(
        home(ANNA, BERT), home(ANNA, huishouden=OTHER_HOME, van="2026-02-01"), lives(ANNA), lives(BERT, MEERZICHT),
        owes(HOME, "2026-01", 1900), owes(HOME, "2026-02", 1900), owes(OTHER_HOME, "2026-02", 1900),
    )  # fmt: skip
    assert (await reporting.wijk(CENTRUM))["bijdragen"] == 2
    assert (await reporting.wijk(MEERZICHT))["bijdragen"] == 1


async def test_a_wijk_of_another_division_has_a_row_of_its_own_and_unknown_comes_last(
    reporting: Reporting,
) -> None:
    periode = {"van": "2025-01-01", "wijk": {"jaar": 2023, "code": CENTRUM}, "leeftijdsgroep": "85+"}
    await reporting.say(lives(ANNA, perioden=[periode]), melding(ANNA), melding(BERT, melding_id="M2"))
    rows = (await reporting.figures())["wijken"][9:]
    assert [(row["jaar"], row["code"], row["naam"], row["meldingen"]) for row in rows] == [
        (2023, CENTRUM, CENTRUM, 1),
        (None, None, "onbekend", 1),
    ]


async def test_the_counts_of_everything_are_those_of_the_whole(reporting: Reporting) -> None:
    await reporting.say(
        lives(ANNA), given(ANNA, 1), melding(ANNA), judged(accepted(1, 1)), owes(HOME, "2026-01", 1900), plan(),
        plan(versie=2),
    )  # fmt: skip
    answer = await reporting.api.get("/v1/tellingen")
    assert answer.json() == {
        "meldingen": 1,
        "clienten": 1,
        "gebruik": 1,
        "bijdragen": 1,
        "bijdragenCent": 1900,
        "plannen": 1,
    }
