"""Calendar months and the local day.

A month is an int, `year * 12 + month - 1`, so that months can be counted; on the wire it is `YYYY-MM`.
Months and dates are those of Europe/Amsterdam; moments are instants.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import NewType
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Month = NewType("Month", int)
DAY = timedelta(days=1)
EXTENDED_WEEKS_MAX = 12
"""Longer terms end on the day they end (Algemene termijnenwet art. 4)."""
KING_SINCE = 2014
"""The first year in which the birthday of a king, and not of a queen, is celebrated."""
MONTHS_KEPT = 1000
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


def month_of(day: date) -> Month:
    """The month in which a local day lies."""
    return Month(day.year * 12 + day.month - 1)


def local_day(moment: datetime) -> date:
    """The day it is in Amsterdam at an instant."""
    return moment.astimezone(AMSTERDAM).date()


def local_month(moment: datetime) -> Month:
    """The month it is in Amsterdam at an instant."""
    return month_of(local_day(moment))


def first_day(month: Month) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def parse_month(text: str) -> Month:
    """`YYYY-MM` as a month; ValueError where it is none."""
    if not _MONTH.fullmatch(text):
        raise ValueError(f"'{text}' is no month; write it as YYYY-MM, for instance 2026-03")
    return Month(int(text[:4]) * 12 + int(text[5:]) - 1)


@lru_cache(maxsize=MONTHS_KEPT)
def format_month(month: Month) -> str:
    """A month as `YYYY-MM`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def midnight(day: date) -> datetime:
    """The instant at which a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).astimezone(UTC)


def term_end(day: date, weeks: int) -> date:
    """The last day of a statutory term that began on `day`: so many weeks after it.

    A term of at most twelve weeks that ends on a Saturday, a Sunday or a general holiday goes on up to and
    including the next day that is none (Algemene termijnenwet art. 1 and 4).
    """
    end = day + timedelta(weeks=weeks)
    if weeks <= EXTENDED_WEEKS_MAX:
        while end.isoweekday() > 5 or end in general_holidays(end.year):  # noqa: PLR2004 - 5 is Friday
            end += DAY
    return end


@cache
def general_holidays(year: int) -> frozenset[date]:
    """The general holidays of a year (Algemene termijnenwet art. 3)."""
    easter = _easter(year)
    around_easter = (-2, 1, 39, 50)  # Goede Vrijdag, Tweede Paasdag, Hemelvaartsdag, Tweede Pinksterdag
    fixed = ((1, 1), (5, 5), (12, 25), (12, 26))
    return frozenset(
        [_birthday_celebrated(year), *(date(year, month, day) for month, day in fixed)]
        + [easter + timedelta(days=days) for days in around_easter]
    )


def _birthday_celebrated(year: int) -> date:
    """The day on which the King's (before 2014 the Queen's) birthday is celebrated: on a Saturday if it is a Sunday."""
    birthday = date(year, 4, 27 if year >= KING_SINCE else 30)
    return birthday - DAY if birthday.isoweekday() == 7 else birthday  # noqa: PLR2004 - 7 is Sunday


def _easter(year: int) -> date:
    """Easter Sunday, by the Gregorian calendar (the algorithm of Meeus, Jones and Butcher)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
