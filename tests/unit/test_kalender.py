"""Statutory terms and the general holidays that lengthen them."""

from datetime import date

import pytest

from shared.kalender import general_holidays, term_end

EASTER_MONDAYS = {
    1954: date(1954, 4, 19),
    1961: date(1961, 4, 3),
    2008: date(2008, 3, 24),
    2019: date(2019, 4, 22),
    2024: date(2024, 4, 1),
    2025: date(2025, 4, 21),
    2026: date(2026, 4, 6),
    2038: date(2038, 4, 26),
}


def test_a_term_that_ends_on_a_working_day_ends_there() -> None:
    assert term_end(date(2026, 1, 5), 6) == date(2026, 2, 16)


@pytest.mark.parametrize("day", [date(2026, 1, 3), date(2026, 1, 4), date(2026, 1, 5)])
def test_a_term_that_ends_in_a_weekend_goes_on_to_monday(day: date) -> None:
    assert term_end(day, 6) == date(2026, 2, 16)


def test_a_term_that_ends_on_christmas_goes_on_past_the_weekend_behind_it() -> None:
    assert term_end(date(2026, 12, 11), 2) == date(2026, 12, 28)


def test_a_term_over_new_year_counts_the_holiday_of_the_next_year() -> None:
    assert term_end(date(2026, 12, 18), 2) == date(2027, 1, 4)


def test_a_term_of_more_than_twelve_weeks_is_not_extended() -> None:
    assert term_end(date(2026, 1, 3), 12) == date(2026, 3, 30)
    assert term_end(date(2026, 1, 3), 13) == date(2026, 4, 4)


def test_the_general_holidays_of_a_year_are_those_of_the_law() -> None:
    assert sorted(general_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 4, 27),
        date(2026, 5, 5),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


@pytest.mark.parametrize(("year", "day"), EASTER_MONDAYS.items())
def test_easter_falls_where_the_almanac_has_it(year: int, day: date) -> None:
    assert day in general_holidays(year)


def test_a_birthday_on_a_sunday_is_celebrated_the_day_before() -> None:
    assert date(2025, 4, 26) in general_holidays(2025)
    assert date(2025, 4, 27) not in general_holidays(2025)
    assert date(2013, 4, 30) in general_holidays(2013)
