"""Ages: birthdays, the age groups of the figures, and the day from which someone has a right to AOW."""

from datetime import date

from shared.contracts.intake import Leeftijdsgroep
from shared.kalender import DAY, Month, first_day, month_of

ADULT_YEARS = 18
GROUPS: tuple[tuple[int, Leeftijdsgroep], ...] = (
    (0, "0-17"),
    (ADULT_YEARS, "18-64"),
    (65, "65-74"),
    (75, "75-84"),
    (85, "85+"),
)
"""From which age one belongs to which group. Ages are those on 1 January, as CBS counts them by wijk."""

AOW_AGES: tuple[tuple[date, int, int], ...] = (
    (date(1958, 1, 1), 67, 0),
    (date(1957, 1, 1), 66, 10),
    (date(1956, 1, 1), 66, 7),
    (date(1954, 1, 1), 66, 4),
    (date.min, 66, 0),
)
"""Who was born on this day or later reaches AOW age at so many years and months: data, to be confirmed.

Source: MinBZK/poc-machine-law, laws/algemene_ouderdomswet/leeftijdsbepaling/SVB-2024-01-01.yaml, by year of birth. Who
was born before 1953 had reached it in every month that has a tariff.
"""


def after(born: date, years: int, months: int = 0) -> date:
    """The day someone is so old; where the month has no such day, the first of the next."""
    month = Month(month_of(born) + years * 12 + months)
    following = first_day(Month(month + 1))
    return min(first_day(month) + (born.day - 1) * DAY, following)


def counted_from(born: date, years: int) -> date:
    """From when someone counts as so old: the first 1 January on which he is, so that nobody learns his birthday of it."""
    day = after(born, years)
    return day if (day.month, day.day) == (1, 1) else date(day.year + 1, 1, 1)


def aow_day(born: date) -> date:
    """The first day at AOW age (Algemene Ouderdomswet art. 7a)."""
    years, months = next((y, m) for since, y, m in AOW_AGES if born >= since)
    return after(born, years, months)


def adult_day(born: date) -> date:
    """The day someone turns 18."""
    return after(born, ADULT_YEARS)
