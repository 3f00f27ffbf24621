"""The worked cases by the pure rule, by the reference and by the explanation: three times the same."""

from typing import Any
from uuid import UUID

import pytest

from services.billing.domain.uitleg import Uitlegger
from services.billing.instellingen.lezen import standaard
from shared.kalender import parse_month
from tests.oracle.reference import bereken
from tests.unit.cases import Case, Outcome, expected, told
from tests.unit.households import CASES
from wijkzorg.bijdrage import read, rows

TOT = "2026-06"
NUMBERED = [pytest.param(case, number, id=case.what) for number, case in enumerate(CASES)]


def outcome(row: dict[str, Any]) -> Outcome:
    """What a row of the command says, as a case says it."""
    undetermined = row["bedragCent"] is None
    return f"regel {row['regel']}" if "regel" in row and not undetermined else row["bedragCent"]


@pytest.mark.parametrize(("case", "number"), NUMBERED)
def test_a_worked_case_comes_out_as_the_article_says(case: Case, number: int) -> None:
    lines = told(case, number)
    by_rule = list(
        rows(read(line.encode() for line in lines), parse_month(TOT), standaard().regels, uitleg=True)
    )
    assert {(row["huishoudenId"], row["maand"]): outcome(row) for row in by_rule} == expected(case, number)
    assert by_rule == bereken(lines, TOT, uitleg=True)


@pytest.mark.parametrize(("case", "number"), NUMBERED)
def test_a_worked_case_is_explained_by_the_rule_that_the_table_names(case: Case, number: int) -> None:
    facts = read(line.encode() for line in told(case, number)).feiten().feiten
    uitlegger = Uitlegger(facts, parse_month(TOT), standaard().regels)
    for (huishouden, maand), should in expected(case, number).items():
        uitleg = uitlegger.uitleg(UUID(huishouden), parse_month(maand))
        found = f"regel {uitleg.regel}" if uitleg.bedrag_cent == 0 else uitleg.bedrag_cent
        assert found == should


def test_every_case_has_an_article_and_none_stands_twice() -> None:
    assert len({case.what for case in CASES}) == len({case.facts for case in CASES}) == len(CASES)
    assert all("Wmo 2015" in case.wet and case.owed for case in CASES)
