"""Calendar months and the local day.

A month is an int, `year * 12 + month - 1`, so that months can be counted; on the wire it is `YYYY-MM`.
Months and dates are those of Europe/Amsterdam; moments are instants.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NewType
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Month = NewType("Month", int)
DAY = timedelta(days=1)
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


def month_of(day: date) -> Month:
    """The month in which a local day lies."""
    return Month(day.year * 12 + day.month - 1)


def local_day(moment: datetime) -> date:
    """The day it is in Amsterdam at an instant."""
    return moment.astimezone(AMSTERDAM).date()


def local_month(moment: datetime) -> Month:
    """The month it is in Amsterdam at an instant."""
    return month_of(moment.astimezone(AMSTERDAM))


def first_day(month: Month) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def parse_month(text: str) -> Month:
    """`YYYY-MM` as a month; ValueError where it is none."""
    if not _MONTH.fullmatch(text):
        raise ValueError(f"'{text}' is no month; write it as YYYY-MM, for instance 2026-03")
    return Month(int(text[:4]) * 12 + int(text[5:]) - 1)


def format_month(month: Month) -> str:
    """A month as `YYYY-MM`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def midnight(day: date) -> datetime:
    """The instant at which a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).astimezone(UTC)
