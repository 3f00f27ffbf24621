"""The contribution rule against the cases worked from the law, which lie beside the project and not in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.billing.instellingen.lezen import standaard
from shared.kalender import format_month, term_end
from tests.unit.builders import ANNA, BERT, aid, dag, exempt, judged, lives, months, owed, pgb, used, zorg

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "vectors.json"

KINDS = (
    {"ingang", "eerste_maand"},
    {"stop", "laatste_maand", "bedrag_cent"},
    {"partner_under_aow", "bedrag_cent"},
    {"alleen_rolstoel", "bedrag_cent"},
    {"leeftijd", "bedrag_cent"},
    {"echtpaar_beide_aow_beide_client", "bedrag_cent"},
    {"kostprijs_cent", "maanden", "geind_cent"},
)
"""The fields of each kind of case that a test below reads."""
READ = {"tarief", "maandregels", "awb"}
OF_NO_RULE_HERE = {"iv077", "bsn"}
"""Volumes never touch the contribution, and nothing here reads a BSN."""


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not FILE.exists():
        pytest.skip("The worked cases (vectors.json) are not beside this project.")
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def case_with(vectors: dict[str, Any], name: str) -> dict[str, Any]:
    (case,) = (case for case in vectors["maandregels"]["cases"] if name in case)
    return dict(case)


def test_nothing_in_the_file_is_passed_over(vectors: dict[str, Any]) -> None:
    assert vectors.keys() == READ | OF_NO_RULE_HERE
    assert vectors["tarief"].keys() == {"source", "per_maand_cent", "not_due", "2019_per_4weken_cent"}
    for case in vectors["maandregels"]["cases"]:
        assert case.keys() - {"why"} in KINDS


def test_the_term_of_an_objection(vectors: dict[str, Any]) -> None:
    awb = vectors["awb"]
    assert term_end(dag(awb["bekendmaking"]), 6) == dag(awb["bezwaar_eind"])


def test_a_month_of_2019_was_charged_by_four_weeks_and_has_no_tariff_here() -> None:
    assert judged(lives(), pgb("2019-01-01", einddatum="2019-12-31"), tot="2020-01") == dict.fromkeys(
        months("2019-01", "2019-12"), 7
    )


def test_the_tariff_of_every_month(vectors: dict[str, Any]) -> None:
    not_due = vectors["tarief"]["not_due"]
    tarief = {
        month: 0 if month in not_due else cents
        for year, cents in vectors["tarief"]["per_maand_cent"].items()
        for month in months(f"{year}-01", f"{year}-12")
    }
    assert {format_month(month): cents for month, cents in standaard().tarief_cent.items()} == tarief
    charged = owed(lives(), pgb("2020-01-01"), tot="2027-12")
    assert charged == {month: cents for month, cents in tarief.items() if cents}


def test_the_first_month_is_that_of_a_first_day_on_the_first_and_else_the_next(
    vectors: dict[str, Any],
) -> None:
    cases = [case for case in vectors["maandregels"]["cases"] if "ingang" in case]
    assert cases
    for case in cases:
        assert min(owed(lives(), pgb(case["ingang"]))) == case["eerste_maand"]


def test_the_month_of_the_stop_is_the_last_and_owed_in_full(vectors: dict[str, Any]) -> None:
    case = case_with(vectors, "stop")
    charged = owed(lives(), aid(used("2026-01"), stop=case["stop"]), tot="2026-12")
    assert (max(charged), charged[max(charged)]) == (case["laatste_maand"], case["bedrag_cent"])


def test_the_kostprijs_is_charged_as_far_as_whole_months_go(vectors: dict[str, Any]) -> None:
    case = case_with(vectors, "kostprijs_cent")
    first, last = case["maanden"][0], case["maanden"][-1]
    charged = owed(lives(), aid(used(first), kostprijs_cent=case["kostprijs_cent"]), tot=last)
    assert [charged.get(month, 0) for month in case["maanden"]] == case["geind_cent"]


def test_a_couple_with_care_for_both_owes_one_bijdrage(vectors: dict[str, Any]) -> None:
    case = case_with(vectors, "echtpaar_beide_aow_beide_client")
    couple = lives(), lives(BERT), zorg(used("2026-03")), zorg(used("2026-03"), nummer=2, client_id=BERT)
    assert owed(*couple) == {"2026-03": case["bedrag_cent"]}


def test_a_wheelchair_alone_a_minor_and_a_partner_under_aow_age_owe_nothing(vectors: dict[str, Any]) -> None:
    for name in ("alleen_rolstoel", "leeftijd", "partner_under_aow"):
        assert case_with(vectors, name)["bedrag_cent"] == 0
    assert judged(lives(), zorg(used("2026-03"), categorie="11")) == {"2026-03": 2}
    of_age_or_partner = exempt("2026-03", client_id=ANNA, voor_huishouden=True)
    assert judged(lives(), zorg(used("2026-03")), of_age_or_partner) == {"2026-03": 5}
