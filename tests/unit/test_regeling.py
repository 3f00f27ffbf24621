"""The schemes: what a household owes for a month, by the flat one and by the capped percentage."""

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.maandreeks import MONTH_MAX, Woonreeks
from services.billing.domain.regeling import Betaler, Inkomensgroep, Percentage, Vast
from services.billing.instellingen.lezen import parse
from shared.kalender import Month, parse_month
from tests.unit.builders import ANNA, BERT, HOME, aid, lives, months, owed, used, zorg
from tests.unit.trials import PERCENTAGE, with_regeling

MARCH = parse_month("2026-03")
FLAT = Vast({Month(MARCH - 1): 2180, MARCH: 2180, Month(MARCH + 1): 0})
ids = st.uuids()


def percentage(*incomes: tuple[int, int]) -> Percentage:
    """7.5 % of what is above € 24,500 (alone) or € 34,000, between € 23.60 and € 328.00, from March 2026."""
    return Percentage(
        voorheen=FLAT,
        vanaf=MARCH,
        percentage=Decimal("7.5"),
        drempel_alleen_cent=24_500_00,
        drempel_samen_cent=34_000_00,
        minimum_cent=2360,
        maximum_cent=328_00,
        inkomens=[Inkomensgroep(*income) for income in incomes],
    )


def betaler(huishouden_id: UUID, personen: int) -> Betaler:
    """A household of so many people, for ever."""
    return Betaler(huishouden_id, [Woonreeks((Month(0),), (MONTH_MAX,), (huishouden_id,))] * personen)


def test_the_flat_scheme_asks_the_tariff_of_the_month_whoever_owes_it() -> None:
    assert {FLAT(betaler(home, people), MARCH) for home in (HOME, ANNA) for people in (0, 1, 2)} == {2180}


def test_the_flat_scheme_tells_a_month_that_is_not_due_from_one_without_a_tariff() -> None:
    later = [FLAT(betaler(HOME, 1), Month(MARCH + more)) for more in (1, 2)]
    assert later == [0, None]


@pytest.mark.parametrize(
    ("euros", "personen", "cent"),
    [
        (0, 1, 2360),
        (24_500, 1, 2360),
        (28_000, 1, 2360),  # 7.5 % of 3,500 is 262.50 a year: less than the least
        (36_000, 1, 7187),  # 862.50 a year is 71.875 a month: whole cents, for the one who pays
        (36_000, 2, 2360),
        (40_000, 2, 3750),
        (76_980, 1, 32800),  # one cent a month more would be above the most
        (1_000_000, 2, 32800),
    ],
)
def test_the_percentage_is_of_what_is_above_the_threshold_between_its_bounds(
    euros: int, personen: int, cent: int
) -> None:
    assert percentage((euros * 100, 100))(betaler(HOME, personen), MARCH) == cent


def test_before_it_begins_the_flat_scheme_holds() -> None:
    scheme = percentage((50_000_00, 100))
    assert [scheme(betaler(HOME, 1), Month(MARCH + more)) for more in (-1, 0, 1)] == [2180, 15937, 15937]
    assert scheme.until(Month(MARCH - 1)) == FLAT.until(Month(MARCH - 1))
    assert scheme.until(MARCH) == scheme


@given(ids, st.integers(0, 3))
def test_a_household_has_one_income_whenever_it_is_asked(huishouden_id: UUID, personen: int) -> None:
    scheme = percentage((0, 40), (36_000_00, 35), (90_000_00, 25))
    assert scheme.jaarinkomen_cent(huishouden_id) == scheme.jaarinkomen_cent(UUID(str(huishouden_id)))
    assert 2360 <= (scheme(betaler(huishouden_id, personen), MARCH) or 0) <= 32800


def test_over_many_households_the_shares_come_out() -> None:
    scheme = percentage((0, 40), (36_000_00, 35), (90_000_00, 25))
    incomes = Counter(scheme.jaarinkomen_cent(UUID(int=number)) for number in range(10_000))
    assert incomes[0] == pytest.approx(4000, abs=150)
    assert incomes[36_000_00] == pytest.approx(3500, abs=150)
    assert incomes[90_000_00] == pytest.approx(2500, abs=150)


@given(st.lists(st.integers(0, 200_000_00), min_size=2, max_size=2).map(sorted), st.integers(1, 2))
def test_who_has_more_never_pays_less(incomes: list[int], personen: int) -> None:
    owed_by = [percentage((income, 100))(betaler(HOME, personen), MARCH) or 0 for income in incomes]
    assert owed_by == sorted(owed_by)


def test_the_rule_asks_the_scheme_with_the_people_of_that_month() -> None:
    regels = parse(
        with_regeling(PERCENTAGE)
        .replace("aandeel: 40", "aandeel: 1")
        .replace("aandeel: 35", "aandeel: 98")
        .replace("aandeel: 25", "aandeel: 1")
        .encode(),
        "proef.yml",
    ).regels
    care = [zorg(*map(used, months("2026-02", "2026-06")))]
    alone = owed(lives(), *care, regels=regels)
    assert alone == {"2026-02": 2180} | dict.fromkeys(months("2026-03", "2026-06"), 7187)
    together = owed(lives(), lives(BERT, van="2026-04-15", tot="2026-05-31"), *care, regels=regels)
    assert together == alone | {"2026-05": 2360}


def test_what_is_left_of_a_kostprijs_follows_the_scheme() -> None:
    regels = parse(with_regeling(PERCENTAGE).encode(), "proef.yml").regels
    charged = owed(lives(), aid(used("2026-01"), kostprijs_cent=10_000), tot="2026-12", regels=regels)
    assert sum(cent or 0 for cent in charged.values()) <= 10_000
    assert charged["2026-02"] == 2180
