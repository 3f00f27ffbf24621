"""Which settings hold for which month: definitive months keep theirs, and what says the same is one layer."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.bijdrage import IN_USE, Bepaling, bepaal
from services.billing.domain.lagen import Lagen, differing, lagen
from services.billing.domain.regeling import Vast
from services.billing.domain.regels import Regels
from shared.kalender import Month, format_month, parse_month
from tests.unit.builders import BERT, HOME, OTHER_HOME, REGELS, aid, feiten, lives, months, pgb, used, zorg

MARCH, JUNE, AUGUST = (parse_month(text) for text in ("2026-03", "2026-06", "2026-08"))
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


AMOUNTS = st.sampled_from((0, 1000, 2180))
CHANGES = st.dictionaries(st.sampled_from(months("2026-01", "2026-08")), AMOUNTS, max_size=2)
MIXED = feiten(
    lives(),
    lives(BERT),
    zorg(*map(used, months("2026-01", "2026-05")), categorie="02"),
    aid(used("2026-02"), nummer=2, client_id=BERT, kostprijs_cent=6000),
)


@st.composite
def versions(draw: st.DrawFn) -> Regels:
    """The national settings with a few tariffs, a grondslag or an exemption otherwise."""
    cents = {f"m{month.replace('-', '_')}": cent for month, cent in draw(CHANGES).items()}
    free = draw(st.sampled_from((frozenset[str](), frozenset({"02"}))))
    return replace(with_tarief(**cents), vrije_categorieen=free)


@given(versions(), st.lists(st.tuples(st.sampled_from(months("2026-01", "2026-07")), versions()), max_size=4))
def test_layers_give_each_month_what_its_own_settings_say_of_it(
    now: Regels, closed: list[tuple[str, Regels]]
) -> None:
    by_month = {parse_month(maand): regels for maand, regels in closed}
    found = {(b.huishouden_id, b.maand): b for b in lagen(now, list(by_month.items())).bepaal(MIXED, AUGUST)}
    for maand in map(parse_month, months("2026-01", "2026-08")):
        own = next((by_month[tot] for tot in sorted(by_month) if maand <= tot), now)
        said = {b for b in bepaal(MIXED, AUGUST, own) if b.maand == maand}
        assert {b for key, b in found.items() if key[1] == maand} == said
