"""Days are ordinals (1 January of the year 1 is 1), months are counted from the year zero: both can be added."""

import calendar
from datetime import date, datetime

from tests.oracle.envelope import Event
from tests.oracle.shapes import AMSTERDAM


def month_number(day: date) -> int:
    """Months counted from the year zero, so that they can be added."""
    return day.year * 12 + day.month - 1


def local_month(moment: datetime) -> int:
    """`months and dates are Europe/Amsterdam`."""
    return month_number(moment.astimezone(AMSTERDAM).date())


def day_number(day: str) -> int:
    """The ordinal of a date on the wire."""
    return date.fromisoformat(day).toordinal()


def days_of_month(month: int) -> range:
    """Every day of a month."""
    year, index = divmod(month, 12)
    first = date(year, index + 1, 1).toordinal()
    return range(first, first + calendar.monthrange(year, index + 1)[1])


def days_of_use(use: Event) -> range:
    """`begindatum, einddatum (inclusive)`."""
    return range(day_number(use.data["begindatum"]), day_number(use.data["einddatum"]) + 1)


def month_of(day: int) -> int:
    """The month in which a day lies."""
    return month_number(date.fromordinal(day))


def month_text(month: int) -> str:
    """`YYYY-MM`."""
    year, index = divmod(month, 12)
    return f"{year:04}-{index + 1:02}"
