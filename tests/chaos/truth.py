"""What the generator of a city knows must come of it."""

from collections.abc import Iterator, Mapping, Sequence
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
    part of; `figures` of every wijk; `private`: what stands in a file of intake, and nowhere else.
    """

    sent: Mapping[str, Sequence[Record]]
    owed: Mapping[Pair, int]
    facts: facts.Facts
    circles: Mapping[str, int]
    figures: wijken.Figures
    private: frozenset[str]

    @classmethod
    def of(cls, city: City, now: Month) -> "Truth":
        """Of a city that is played to its end, in the month in which it is looked at."""
        owed = truth.owed(city, now)
        return cls(
            {
                agb: [r._replace(oordeel=WIRE_VERDICT.get(r.oordeel, r.oordeel)) for r in found]
                for agb, found in records(city).items()
            },
            owed,
            facts.known(city),
            {id_: number for number, circle in enumerate(city.circles) for id_ in _ids(circle)},
            wijken.known(city, owed),
            frozenset(text for circle in city.circles for text in _private(circle)),
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


def _private(circle: Circle) -> Iterator[str]:
    """Names, postcodes and birth dates; but no date on which something else happened too that may be told."""
    told = {day for home in circle.homes for day in (home.van, home.tot)}
    for who in circle.people:
        yield from (who.voornamen, who.achternaam, who.adres.postcode)
        yield from (day.isoformat() for day in {who.born} - told - {who.lives_from})
    yield from (move.adres.postcode for move in circle.moves)
