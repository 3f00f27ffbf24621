"""Sets of months, who lives where, and whom a merged client turned out to be: each against a slow way to say it."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.feiten import Lidmaatschap
from services.billing.domain.maandreeks import Maandreeks, Woonreeks, eindpunten, first_month_from
from shared.kalender import Month, first_day, parse_month
from tests.unit.builders import ANNA, BERT, CARO, HOME, OTHER_HOME, dag, lives

MONTHS = [Month(month) for month in range(parse_month("2026-01"), parse_month("2027-01"))]
MONTH = st.sampled_from(MONTHS)
DAY = st.dates(date(2025, 12, 28), date(2027, 1, 4))
HOMES = st.sampled_from((HOME, OTHER_HOME, CARO))


def test_the_first_month_from_a_day() -> None:
    assert first_month_from(dag("2026-03-01")) == parse_month("2026-03")
    assert first_month_from(dag("2026-03-02")) == parse_month("2026-04")
    assert first_month_from(dag("2026-12-31")) == parse_month("2027-01")


@given(st.lists(st.tuples(MONTH, MONTH), max_size=6), MONTH, MONTH)
def test_a_set_of_months_has_the_months_of_its_ranges(
    ranges: list[tuple[Month, Month]], first: Month, last: Month
) -> None:
    expected = {month for start, end in ranges for month in range(start, end + 1)}
    months = Maandreeks.of(ranges)
    assert {month for month in MONTHS if month in months} == expected
    assert all(later > earlier + 1 for earlier, later in zip(months.ends, months.starts[1:], strict=False))
    inside = {month for start, end in months.within(first, last) for month in range(start, end + 1)}
    assert inside == {month for month in expected if first <= month <= last}


def test_a_range_that_ends_before_it_begins_has_no_months() -> None:
    assert Maandreeks.of([(MONTHS[3], MONTHS[2])]) == Maandreeks()
    assert MONTHS[0] not in Maandreeks()


PERIODS = st.lists(st.builds(Lidmaatschap, st.just(ANNA), HOMES, DAY, st.none() | DAY), max_size=6)


@given(PERIODS, st.lists(st.tuples(MONTH, MONTH), max_size=3))
def test_a_client_lives_where_the_latest_period_says(
    periods: list[Lidmaatschap], ranges: list[tuple[Month, Month]]
) -> None:
    woon, months = Woonreeks.of(periods), Maandreeks.of(ranges)
    assert {month: woon.at(month) for month in MONTHS} == {month: home_on(periods, month) for month in MONTHS}
    during = {(home, month) for home, (van, tot) in woon.during(months) for month in range(van, tot + 1)}
    assert during == {(woon.at(month), month) for month in MONTHS if month in months and woon.at(month)}


def home_on(periods: list[Lidmaatschap], month: Month) -> UUID | None:
    first = first_day(month)
    named = [period for period in periods if period.van <= first and (not period.tot or first <= period.tot)]
    latest = min(named, key=lambda period: (-period.van.toordinal(), period.huishouden_id), default=None)
    return latest.huishouden_id if latest else None


def test_of_two_periods_from_one_day_the_lowest_household_counts() -> None:
    both = [lives(huishouden=OTHER_HOME), lives(huishouden=HOME)]
    assert Woonreeks.of(both).at(MONTHS[0]) == Woonreeks.of(both[::-1]).at(MONTHS[0]) == HOME


def test_a_period_lasts_through_its_last_month_also_when_another_ended_before_it() -> None:
    both = [lives(van="2026-01-01", tot="2026-03-31"), lives(huishouden=OTHER_HOME, tot="2026-02-28")]
    woon = Woonreeks.of(both)
    assert [woon.at(month) for month in MONTHS[:4]] == [HOME, HOME, HOME, None]


def test_a_merged_client_is_followed_to_the_end() -> None:
    assert eindpunten({CARO: BERT, BERT: ANNA}) == {CARO: ANNA, BERT: ANNA}


def test_a_circle_of_merges_ends_at_its_lowest_client() -> None:
    circle = {BERT: CARO, CARO: BERT}
    assert eindpunten(circle) == {BERT: BERT, CARO: BERT}
    assert eindpunten({ANNA: CARO} | circle) == {ANNA: BERT, BERT: BERT, CARO: BERT}
    assert eindpunten({ANNA: ANNA}) == {ANNA: ANNA}


PEOPLE = [UUID(int=number) for number in range(6)]


@given(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)))
def test_everybody_who_merged_ends_where_a_walk_ends(merged: dict[UUID, UUID]) -> None:
    assert eindpunten(merged) == {client: walk(client, merged) for client in merged}


def walk(client: UUID, merged: dict[UUID, UUID]) -> UUID:
    for _ in PEOPLE:
        client = merged.get(client, client)
    circle = {client}
    while (client := merged.get(client, client)) not in circle:
        circle.add(client)
    return min(circle)


def test_a_chain_of_twenty_thousand_merges_ends_at_its_end() -> None:
    chain = {UUID(int=number): UUID(int=number + 1) for number in range(20_000)}
    for order in (chain, dict(reversed(chain.items()))):
        assert set(eindpunten(order).values()) == {UUID(int=20_000)}
