"""The small world in which generated events play: few people, few numbers, and days that cluster on the edges of months."""

import calendar
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Protocol, TypeVar
from uuid import UUID

from hypothesis import strategies as st

T = TypeVar("T")

AANBIEDERS = ("65656055", "65656056", "12345678")
# Cumulative meaning by weight: services and aids often, what bears no contribution now and then.
CATEGORIEEN = ("01", "12", "02", "13", "14", "01", "12", "08", "03", "11", "15", "18", "J01")
KOSTPRIJZEN = (None, 5000, 3800, 0, 1900, 4120, 2100, 100_000, 5700)
# First months: around April 2020, the leap day and new tariff of 2024, the end of the table, and an ordinary year.
ERAS = ((2023, 2), (2020, 2), (2023, 10), (2026, 9), (2019, 11), (2024, 12))
UNKNOWN_TOEWIJZING = 999_999
AMOUNTS: tuple[dict[str, Any], ...] = (
    {"volume": 4, "eenheid": "04", "tariefCent": 1250, "bedragCent": 5000},
    {"volume": 4, "eenheid": "04"},
    {"volume": 90, "eenheid": "01", "tariefCent": 2501, "bedragCent": 3752},
    {"volume": 90, "eenheid": "01", "tariefCent": 20, "bedragCent": 1800},
    {"volume": 7, "eenheid": "83", "tariefCent": 20, "bedragCent": 1},
    {"volume": 7, "eenheid": "82", "bedragCent": 99},
)
WRONG_AMOUNTS: tuple[dict[str, Any], ...] = (
    {"volume": 0, "eenheid": "04"},
    {"volume": -1, "eenheid": "04"},
    {"volume": 4, "eenheid": "04", "tariefCent": 1250, "bedragCent": 5001},
    {"volume": 90, "eenheid": "01", "tariefCent": 2501, "bedragCent": 3751},
    {"volume": 90, "eenheid": "04", "tariefCent": 2501, "bedragCent": 3752},
)


class Choices(Protocol):
    """Where every choice comes from: a seed, or hypothesis, which then can make a failing set small."""

    def number(self, low: int, high: int) -> int:
        """A whole number; both ends are possible."""

    def pick(self, options: Sequence[T]) -> T:
        """One of these; the plainest should stand first."""

    def chance(self, percent: int) -> bool:
        """True this often; false is the plainer answer."""


@dataclass(frozen=True)
class Seeded:
    """Choices by a seeded random."""

    source: random.Random

    def number(self, low: int, high: int) -> int:
        return self.source.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        return self.source.choice(options)

    def chance(self, percent: int) -> bool:
        return self.source.randrange(100) < percent


@dataclass(frozen=True)
class Drawn:
    """Choices by hypothesis."""

    draw: Callable[[st.SearchStrategy[Any]], Any]

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def pick(self, options: Sequence[T]) -> T:
        picked: T = self.draw(st.sampled_from(options))
        return picked

    def chance(self, percent: int) -> bool:
        return int(self.draw(st.integers(0, 99))) >= 100 - percent


@dataclass(frozen=True)
class Usual:
    """What most events say of a toewijzing."""

    nummer: int
    client: int
    aanbieder: str
    categorie: str
    pgb: bool


@dataclass(frozen=True)
class World:
    """The pools from which all events draw; `first` is a month counted from the year zero."""

    clients: list[str]
    huishoudens: list[str]
    toewijzingen: list[Usual]
    first: int
    months: int
    referenties: int
    ids: int


def a_world(choices: Choices, clients: int, months: int, noise: int) -> World:
    """A world of this size; `noise` is how many events will be drawn from it."""
    year, month = choices.pick(ERAS)
    return World(
        clients=[identity(0xC0000 + number) for number in range(clients)],
        huishoudens=[identity(0xA0000 + number) for number in range(max(2, clients))],
        toewijzingen=[usual(choices, number, clients) for number in range(max(3, clients * 3 // 2))],
        first=year * 12 + month - 1,
        months=months,
        referenties=max(12, noise),
        ids=max(60, noise * 20),
    )


def usual(choices: Choices, number: int, clients: int) -> Usual:
    """A toewijzing's usual content; the clients have them in turn."""
    aanbieder, categorie = choices.pick(AANBIEDERS), choices.pick(CATEGORIEEN)
    return Usual(20_001 + number, number % clients, aanbieder, categorie, pgb=choices.chance(15))


def identity(number: int) -> str:
    """A UUID that a reader can tell from another."""
    return str(UUID(int=number * 0x1_0000_0001_0000_0001, version=4))


def a_month(choices: Choices, world: World) -> int:
    """A month of the world."""
    return world.first + choices.number(0, world.months - 1)


def month_text(month: int) -> str:
    """YYYY-MM."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def last_day(month: int) -> int:
    """28, 29, 30 or 31."""
    return calendar.monthrange(month // 12, month % 12 + 1)[1]


def a_day(choices: Choices, month: int) -> date:
    """A day of a month, mostly on its edges."""
    last = last_day(month)
    return date(
        month // 12, month % 12 + 1, choices.pick((1, 2, last, last - 1, 15, 16, choices.number(1, last)))
    )


def days_in_one_month(choices: Choices, month: int) -> tuple[str, str]:
    """First and last day of a use."""
    whole = date(month // 12, month % 12 + 1, 1), date(month // 12, month % 12 + 1, last_day(month))
    days = sorted((a_day(choices, month), a_day(choices, month))) if choices.chance(60) else whole
    return days[0].isoformat(), days[1].isoformat()


def a_time(choices: Choices, month: int) -> str:
    """A moment in or about a month; half of them within two hours of its local edges, some of them a year late."""
    recorded = month + choices.pick((0, 0, 1, 0, 1, 2, 12, 13, 12, 11))
    last = date(recorded // 12, recorded % 12 + 1, last_day(recorded))
    edges = (time(21, 30), time(21, 59, 59), time(22), time(22, 30), time(22, 59, 59), time(23), time(23, 30))
    if choices.chance(50):
        moment = datetime.combine(last, choices.pick(edges), UTC)
    else:
        hour = time(choices.number(0, 23))
        moment = datetime.combine(a_day(choices, recorded), hour, UTC)
    return moment_text(choices, moment)


def moment_text(choices: Choices, moment: datetime) -> str:
    """The same instant can be written in more than one way."""
    if choices.chance(10):
        return moment.astimezone(timezone(timedelta(hours=2))).isoformat()
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + choices.pick(("Z", "Z", ".000Z"))
