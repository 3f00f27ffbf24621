"""Which settings hold for which month: definitive months keep theirs, and what says the same is one layer."""

from dataclasses import replace
from uuid import UUID

from services.billing.domain.bijdrage import IN_USE, Bepaling, bepaal
from services.billing.domain.lagen import Lagen, differing, lagen
from services.billing.domain.regeling import Vast
from services.billing.domain.regels import Regels
from shared.kalender import Month, format_month, parse_month
from tests.unit.builders import HOME, OTHER_HOME, REGELS, feiten, lives, months, pgb, used, zorg

MARCH, JUNE = parse_month("2026-03"), parse_month("2026-06")
FACTS = feiten(lives(), pgb("2026-01-01"))


def with_tarief(**cents: int) -> Regels:
    """The national settings with other tariffs for some months, as `m2026_03`."""
    assert isinstance(REGELS.regeling, Vast)
    other = {parse_month(name[1:].replace("_", "-")): cent for name, cent in cents.items()}
    return replace(REGELS, regeling=Vast({**REGELS.regeling.tarief_cent, **other}))


def owed(found: Lagen, tot: str = "2026-06") -> dict[str, int | None]:
    """What is owed by month."""
    return {format_month(b.maand): b.bedrag_cent for b in found.bepaal(FACTS, parse_month(tot))}


def test_without_closed_months_there_is_one_layer() -> None:
    assert lagen(REGELS, []) == Lagen(REGELS)


def test_closed_months_whose_settings_say_the_same_up_to_them_are_no_layer() -> None:
    later = with_tarief(m2026_04=100, m2027_01=2360)
    assert lagen(later, [(Month(MARCH - 1), REGELS), (MARCH, REGELS)]) == Lagen(later)


def test_a_closed_month_keeps_its_amount_under_settings_that_say_otherwise() -> None:
    found = lagen(
        with_tarief(m2026_02=100, m2026_03=100, m2026_04=100), [(Month(MARCH - 1), REGELS), (MARCH, REGELS)]
    )
    assert [tot for tot, _ in found.gesloten] == [MARCH]
    assert owed(found) == dict.fromkeys(months("2026-01", "2026-06"), 2180) | {"2026-04": 100}


def test_of_several_closings_each_month_keeps_its_own() -> None:
    first, second, now = with_tarief(m2026_01=1), with_tarief(m2026_02=2), with_tarief(m2026_03=3)
    found = lagen(now, [(Month(MARCH - 1), second), (Month(MARCH - 2), first)])
    assert owed(found, "2026-04") == {"2026-01": 1, "2026-02": 2, "2026-03": 3, "2026-04": 2180}
    assert [found.of(Month(MARCH + more)) for more in (-3, -2, -1, 0, 1)] == [first, first, second, now, now]


def test_another_grondslag_or_exemption_makes_a_layer_also_where_tariffs_are_equal() -> None:
    exempt = replace(REGELS, vrije_categorieen=frozenset({"01"}))
    found = lagen(exempt, [(MARCH, REGELS)])
    assert [tot for tot, _ in found.gesloten] == [MARCH]
    assert owed(found) == dict.fromkeys(months("2026-01", "2026-03"), 2180) | dict.fromkeys(
        months("2026-04", "2026-06"), 0
    )


def test_months_after_the_horizon_are_not_judged_in_any_layer() -> None:
    found = lagen(with_tarief(m2026_01=1), [(JUNE, REGELS)])
    assert list(owed(found, "2026-03")) == months("2026-01", "2026-03")


def test_what_differs_from_the_ledger_is_said_by_household_and_month() -> None:
    facts = feiten(lives(), zorg(used("2026-03")))
    rows = bepaal(facts, JUNE, REGELS)
    keys = {(HOME, MARCH): 2180, (OTHER_HOME, MARCH): 2180}
    assert differing(rows, {(HOME, MARCH): 2180}, {}) == []
    assert differing(rows, {}, {}) == rows
    assert differing(rows, keys, {}) == [Bepaling(OTHER_HOME, MARCH, 0, IN_USE, ())]


def test_frozen_months_of_a_household_differ_from_nothing() -> None:
    standen: dict[tuple[UUID, Month], int] = {(HOME, MARCH): 1, (HOME, JUNE): 1}
    assert [b.maand for b in differing([], standen, {HOME: MARCH})] == [JUNE]
