"""The rules of indicatie on values: what a change makes of a toewijzing, and what may stand together."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicatie import domain
from services.indicatie.domain import State
from shared.kalender import midnight
from tests.unit.wire import AGB, ANNA

TODAY = date(2026, 6, 15)
ZIN: dict[str, Any] = {
    "productcategorie": "12",
    "ingangsdatum": date(2026, 7, 1),
    "leveringsvorm": "zin",
    "aanbieder": AGB,
}
DAYS = st.dates(date(1990, 1, 1), TODAY)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "einddatum": st.none() | st.dates(date(2026, 7, 1), date(2199, 12, 31)),
        "productcode": st.none() | st.just("01A03"),
        "ingangsdatum": st.none() | st.just(date(2026, 8, 1)),
        "kostprijs_cent": st.none() | st.integers(0, 10**9),
    },
)


def state(**terms: Any) -> State:
    """Toewijzing 1 of Anna as it was given on 10 June."""
    return State(UUID(ANNA), domain.give(ZIN | terms, 1, date(2026, 6, 10)), None)


def test_a_toewijzing_is_given_as_the_local_day_began() -> None:
    assert state().toewijzing["toegewezen_op"] == datetime(2026, 6, 9, 22, tzinfo=UTC)
    winter = domain.give(ZIN, 1, date(2026, 1, 10))
    assert winter["toegewezen_op"] == datetime(2026, 1, 9, 23, tzinfo=UTC)


@given(st.lists(st.tuples(DAYS, FIELDS), max_size=8))
def test_every_change_is_later_and_keeps_what_it_does_not_name(changes: list[tuple[date, Any]]) -> None:
    before = state()
    for datum, fields in changes:
        after = domain.change(before, fields, datum)
        assert after["toegewezen_op"] - before.toewijzing["toegewezen_op"] >= timedelta(milliseconds=1)
        assert after["toegewezen_op"] >= midnight(datum)
        assert None not in after.values()
        assert after["ingangsdatum"] == (fields.get("ingangsdatum") or before.toewijzing["ingangsdatum"])
        for name in ("einddatum", "productcode", "kostprijs_cent"):
            assert after.get(name) == (fields[name] if name in fields else before.toewijzing.get(name))
        before = State(before.client_id, after, "14")


@pytest.mark.parametrize(
    ("reden", "was", "changes", "refused"),
    [
        ("04", None, {"einddatum": date(2026, 12, 31)}, []),
        ("04", None, {}, ["toewijzingNummer"]),
        ("04", None, {"aanbieder": AGB}, ["toewijzingNummer"]),
        ("13", None, {}, []),
        ("13", "04", {}, []),
        ("13", "13", {}, ["toewijzingNummer"]),
        ("13", None, {"aanbieder": "12345678"}, ["reden"]),
        ("14", "13", {}, []),
        ("14", "13", {"aanbieder": "12345678"}, []),
    ],
)
def test_a_change_must_change_something_and_a_removal_nothing_else(
    reden: str, was: str | None, changes: dict[str, Any], refused: list[str]
) -> None:
    before = State(UUID(ANNA), state().toewijzing, was)
    after = domain.change(before, changes, TODAY)
    fouten = domain.faults_of_wijziging(before, after, reden, TODAY, TODAY)
    assert [fout.veld for fout in fouten] == refused


@pytest.mark.parametrize(
    ("categorie", "refused"),
    [("01", True), ("11", True), ("12", False), ("13", False), ("14", False), ("J1", True)],
)
def test_only_what_is_bought_has_a_kostprijs(categorie: str, *, refused: bool) -> None:
    terms = ZIN | {"productcategorie": categorie, "kostprijs_cent": 0}
    assert bool(domain.faults_of_toewijzing(terms)) == refused


def test_an_amount_a_week_needs_a_last_day_and_any_other_does_not() -> None:
    for frequentie, refused in (("1", False), ("2", True), ("4", False), ("6", False)):
        omvang = {"volume": 1, "eenheid": "04", "frequentie": frequentie}
        terms = ZIN | {"omvang": omvang}
        assert bool(domain.faults_of_toewijzing(terms)) == refused
        assert not domain.faults_of_toewijzing(terms | {"einddatum": ZIN["ingangsdatum"]})


def test_actions_are_counted_by_their_rung() -> None:
    doelen: list[dict[str, Any]] = [
        {"acties": [{"soort": "netwerk"}, {"soort": "maatwerk"}]},
        {"acties": []},
        {"acties": [{"soort": "netwerk"}]},
    ]
    assert domain.count_acties(doelen) == {"netwerk": 2, "maatwerk": 1}
