"""The statement: every line stands or is held, never more past months than may be, sums are kept."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.cak import TOELICHTING_CAK
from services.billing.domain.overzicht import Gevraagd, Grenzen, Regel, inhoud, verdeel
from services.billing.domain.werk import UITLEG, Besloten, Soort, fault_of, spread, uitleg
from shared.kalender import Month, parse_month

HOME, ITEM = UUID(int=1), UUID(int=2)
MARCH = parse_month("2026-03")
APRIL = parse_month("2026-04")
GRENZEN = Grenzen()


def line(maand: str | Month, bedrag: int = 2180, soort: str = "bijdrage", **held: Any) -> Regel:
    """A line that stands on no statement."""
    month = parse_month(maand) if isinstance(maand, str) else maand
    return Regel(1, month, 1, soort, bedrag, 7, "wet", **held)


def months(*names: str, **held: Any) -> list[Regel]:
    return [line(name, **held) for name in names]


NOTHING = Gevraagd()


def held_of(
    *lines: Regel, maand: Month = MARCH, sent: Month = APRIL, gevraagd: Gevraagd = NOTHING
) -> dict[str, list[str]]:
    """By reason the amounts held off the statement."""
    found: dict[str, list[str]] = {}
    for one in verdeel(lines, maand, sent, GRENZEN, gevraagd).vastgehouden:
        found.setdefault(one.reden, []).append(str(one.bedrag_cent))
    return found


def test_the_month_itself_and_three_past_months_are_asked() -> None:
    lines = months("2025-12", "2026-01", "2026-02", "2026-03")
    overzicht = verdeel(lines, MARCH, APRIL, GRENZEN)
    assert overzicht.gevraagd_cent == 4 * 2180
    assert not overzicht.vastgehouden


def test_more_than_three_past_months_are_all_held_and_the_month_itself_is_asked() -> None:
    lines = months("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")
    overzicht = verdeel(lines, MARCH, APRIL, GRENZEN)
    assert overzicht.gevraagd_cent == 2180
    assert [held.reden for held in overzicht.vastgehouden] == ["nabetaling"] * 4


def asked(*names: str) -> frozenset[Month]:
    return frozenset(map(parse_month, names))


def test_past_months_are_counted_over_all_statements_that_are_sent_in_one_month() -> None:
    two = months("2026-01", "2026-02", "2026-03")
    assert held_of(*two, gevraagd=Gevraagd(nu=asked("2025-12"))) == {}
    assert held_of(*two, gevraagd=Gevraagd(nu=asked("2025-11", "2025-12"))) == {"nabetaling": ["2180"] * 2}
    again = Gevraagd(nu=asked("2025-12", "2026-01", "2026-02"))
    assert held_of(*two, gevraagd=again) == {}, "a month that was asked before is no other month"


@pytest.mark.parametrize(
    ("respijt_dagen", "sent", "is_held"),
    [
        (21, "2026-04", False),
        (21, "2026-05", True),
        (45, "2026-05", False),
        (45, "2026-06", True),
        (0, "2026-04", False),
    ],
)
def test_the_month_itself_is_past_once_its_statement_goes_out_after_its_grace(
    respijt_dagen: int, sent: str, *, is_held: bool
) -> None:
    grenzen = Grenzen(maanden_op_overzicht=0, respijt_dagen=respijt_dagen)
    overzicht = verdeel(months("2026-03"), MARCH, parse_month(sent), grenzen)
    assert bool(overzicht.vastgehouden) is is_held


def test_a_month_whose_lines_come_to_nothing_or_less_is_not_counted() -> None:
    past = months("2025-10", "2025-11", "2025-12")
    nothing = [line("2026-01"), line("2026-01", -2180, "correctie"), line("2026-02", -2180, "correctie")]
    overzicht = verdeel([*past, *nothing], MARCH, APRIL, GRENZEN)
    assert overzicht.gevraagd_cent == 2 * 2180
    assert not overzicht.vastgehouden


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (line("2025-03"), "late-bijdrage"),
        (line("2025-04"), None),
        (line("2025-03", 2180, "correctie"), "late-bijdrage"),
        (line("2023-03", -2060, "correctie"), "oude-teruggave"),
        (line("2023-04", -2060, "correctie"), None),
    ],
)
def test_what_is_too_long_ago_waits_for_a_person(one: Regel, reason: str | None) -> None:
    assert held_of(one) == ({reason: [str(one.bedrag_cent)]} if reason else {})


def test_a_month_that_a_statement_asked_before_may_be_asked_more_of_later() -> None:
    before = Gevraagd(ooit=asked("2025-03"))
    assert held_of(line("2025-03", 80, "correctie"), gevraagd=before) == {}
    assert held_of(line("2025-02", 80, "correctie"), gevraagd=before) == {"late-bijdrage": ["80"]}


def test_why_a_month_is_held_names_the_limit_it_was_held_for() -> None:
    overzicht = verdeel([line("2024-03")], MARCH, APRIL, Grenzen(eerste_bijdrage=6))
    (shown,) = inhoud(HOME, overzicht, "2026-04-22", "versie-1")["vastgehouden"]
    assert "meer dan 6 maanden na de maand" in shown["uitleg"]
    assert "hoogstens 1 maand van" in uitleg("nabetaling", 1)
    assert uitleg("unheard-of") == ""


def test_a_statement_that_goes_out_late_holds_even_the_month_itself() -> None:
    assert held_of(line("2026-03"), sent=parse_month("2027-04")) == {"late-bijdrage": ["2180"]}


def test_lines_of_one_month_stay_together_while_an_item_holds_them() -> None:
    waiting = line("2025-06", werk_id=ITEM, reden="nabetaling")
    back = line("2025-06", -2180, "correctie")
    overzicht = verdeel([waiting, back], MARCH, APRIL, GRENZEN)
    assert [(held.werk_id, held.bedrag_cent) for held in overzicht.vastgehouden] == [(ITEM, 0)]
    assert not overzicht.says_something


def test_what_a_person_let_go_stands_from_the_statement_it_was_let_go_for() -> None:
    names = ("2025-08", "2025-09", "2025-10", "2025-11", "2025-12")
    released = months(*names, werk_id=ITEM, reden="nabetaling", vanaf=MARCH)
    assert held_of(*released) == {}
    later = months(*names, werk_id=ITEM, reden="nabetaling", vanaf=APRIL)
    assert list(held_of(*later)) == ["nabetaling"]


def test_a_waived_month_and_its_waiver_come_to_nothing() -> None:
    lines = [
        line("2025-06", werk_id=ITEM, reden="nabetaling", vanaf=MARCH),
        line("2025-06", -2180, "kwijtschelding"),
    ]
    overzicht = verdeel(lines, MARCH, APRIL, GRENZEN)
    content = inhoud(HOME, overzicht, "2026-04-22", "versie-1")
    assert content["gevraagdCent"] == 0
    assert [len(content[part]) for part in ("correcties", "kwijtscheldingen", "vastgehouden")] == [1, 1, 0]
    assert content["toelichting"] == TOELICHTING_CAK


LINES = st.lists(
    st.builds(
        line,
        st.integers(MARCH - 60, MARCH).map(Month),
        st.sampled_from([-2180, -1900, 1900, 2180]),
        st.sampled_from(["bijdrage", "correctie"]),
        werk_id=st.sampled_from([None, None, None, ITEM]),
        reden=st.just("nabetaling"),
        vanaf=st.sampled_from([None, MARCH, APRIL]),
    ),
    max_size=30,
).map(lambda lines: sorted(lines, key=lambda one: one.maand))


@given(LINES, st.integers(0, 24), st.integers(0, 6))
def test_every_line_stands_or_is_held_and_the_sums_are_kept(lines: list[Regel], late: int, most: int) -> None:
    overzicht = verdeel(lines, MARCH, Month(APRIL + late), Grenzen(most))
    held = [one for month in overzicht.vastgehouden for one in month.regels]
    assert sorted(map(repr, [*overzicht.staat, *held])) == sorted(map(repr, lines))
    together = overzicht.gevraagd_cent + sum(month.bedrag_cent for month in overzicht.vastgehouden)
    assert together == sum(one.bedrag_cent for one in lines)
    assert not {one.maand for one in held} & {one.maand for one in overzicht.staat}
    fresh = [one for one in overzicht.staat if (one.maand < MARCH or late) and one.werk_id is None]
    decided = {one.maand for one in overzicht.staat if one.werk_id is not None}
    sums = {m: sum(o.bedrag_cent for o in fresh if o.maand == m) for m in {o.maand for o in fresh} - decided}
    assert sum(cent > 0 for cent in sums.values()) <= most


@pytest.mark.parametrize(
    ("count", "termijnen", "expected"),
    [(6, 3, [0, 0, 1, 1, 2, 2]), (5, 2, [0, 0, 0, 1, 1]), (2, 6, [0, 1]), (1, 1, [0]), (1, 12, [0])],
)
def test_months_are_spread_evenly_and_oldest_first(count: int, termijnen: int, expected: list[int]) -> None:
    assert [month - MARCH for month in spread(count, termijnen, MARCH)] == expected


@pytest.mark.parametrize(
    ("soort", "besluit", "veld"),
    [
        ("nabetaling", Besloten("vrijgeven", "A"), None),
        ("nabetaling", Besloten("spreiden", "A", termijnen=3), None),
        ("nabetaling", Besloten("kwijtschelden", "A", "art. 9"), None),
        ("kring", Besloten("afgehandeld", "A"), None),
        ("nabetaling", Besloten("afgehandeld", "A"), "besluit"),
        ("kring", Besloten("vrijgeven", "A"), "besluit"),
        ("nabetaling", Besloten("kwijtschelden", "A"), "artikel"),
        ("nabetaling", Besloten("vrijgeven", "A", "art. 9"), "artikel"),
        ("nabetaling", Besloten("spreiden", "A"), "termijnen"),
        ("nabetaling", Besloten("vrijgeven", "A", termijnen=3), "termijnen"),
        ("oude-teruggave", Besloten("kwijtschelden", "A", "art. 9"), "besluit"),
    ],
)
def test_only_what_fits_an_item_may_be_decided_on_it(
    soort: Soort, besluit: Besloten, veld: str | None
) -> None:
    fault = fault_of(soort, besluit)
    assert (fault and fault.fouten[0].veld) == veld
    assert soort in UITLEG
