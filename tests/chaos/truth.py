"""What the generator of a city knows must come of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from shared.kalender import Month
from simulation import truth
from simulation.messages import Record, records
from simulation.values import Circle, City
from tests.chaos import facts, wijken

WIRE_VERDICT = {"inAfwachting": "in_afwachting"}
Pair = tuple[str, str]
"""A household and a month."""


@dataclass(frozen=True)
class Truth:
    """What the generator knows.

    `sent` by provider, each record with its verdict; `owed` cents by household and month; `facts` that intake and
    indicatie were asked to record; `circles`: by client, huishouden and number of a toewijzing whose lives they are
    part of; `named`: the numbers of toewijzingen that providers name, also where there is none; `figures` of every wijk;
    `days`: on which somebody came to live somewhere or left; `private`: what stands in a file of intake, and nowhere else.
    """

    sent: Mapping[str, Sequence[Record]]
    owed: Mapping[Pair, int]
    facts: facts.Facts
    circles: Mapping[str, int]
    named: frozenset[str]
    figures: wijken.Figures
    days: frozenset[str]
    private: frozenset[str]

    @classmethod
    def of(cls, city: City, now: Month) -> "Truth":
        """Of a city that is played to its end, in the month in which it is looked at."""
        owed, sent, days = truth.owed(city, now), records(city), _days(city)
        return cls(
            {
                agb: [r._replace(oordeel=WIRE_VERDICT.get(r.oordeel, r.oordeel)) for r in found]
                for agb, found in sent.items()
            },
            owed,
            facts.known(city),
            {id_: number for number, circle in enumerate(city.circles) for id_ in _ids(circle)},
            frozenset(
                number for found in sent.values() for r in found if r.key for number in _named(r.value)
            ),
            wijken.known(city, owed),
            days,
            frozenset(
                text for circle in city.circles for text in _private(circle) if not may_be_told(text, days)
            ),
        )

    @property
    def unreadable(self) -> set[tuple[str, int]]:
        """The records that nobody can read: whose they are, and their places."""
        return {
            (agb, place)
            for agb, found in self.sent.items()
            for place, record in enumerate(found)
            if not record.key
        }


def _ids(circle: Circle) -> Iterator[str]:
    yield from (str(who.client_id) for who in circle.people)
    yield from (str(home.huishouden_id) for home in circle.homes)
    yield from (str(zorg.nummer) for zorg in circle.zorg)


def _named(value: bytes | None) -> list[str]:
    return [found.decode() for found in re.findall(rb'"toewijzingNummer":(\d+)', value or b"")]


def _private(circle: Circle) -> Iterator[str]:
    """Names, postcodes and birth dates."""
    for who in circle.people:
        yield from (who.voornamen, who.achternaam, who.adres.postcode, who.born.isoformat())
    yield from (move.adres.postcode for move in circle.moves)


def _days(city: City) -> frozenset[str]:
    homes = {day for circle in city.circles for home in circle.homes for day in (home.van, home.tot)}
    people = {who.lives_from for circle in city.circles for who in circle.people}
    moves = {move.vanaf for circle in city.circles for move in circle.moves}
    return frozenset(day.isoformat() for day in homes | people | moves if day)


def may_be_told(day: str, days: AbstractSet[str]) -> bool:
    """Whether a day says nothing of a birth, whoever was born on it: where a year begins or ends, or one of these days."""
    return day in days or day.endswith(("-01-01", "-12-31"))
