"""What the generator of a city knows must come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from shared.contracts.contract import TYPE_PREFIX
from shared.kalender import Month
from simulation import errands, truth
from simulation.messages import records
from simulation.values import City
from tests.chaos import wijken

WIRE_VERDICT = {"inAfwachting": "in_afwachting"}
KEPT_UNDER = {
    "/v1/meldingen": f"{TYPE_PREFIX}melding-ontvangen/{{meldingId}}",
    "/v1/indicaties": f"{TYPE_PREFIX}indicatie-afgegeven/{{beschikkingNummer}}",
}
"""What is granted, and the key under which its service must have told it."""
Pair = tuple[str, str]
"""A household and a month."""


@dataclass(frozen=True)
class Truth:
    """What the generator knows.

    `sent` by provider, each record with its verdict; `owed` cents by household and month; `granted` keys of facts;
    `figures` of every wijk; `unreadable` records; `private`: what stands in a file of intake, and nowhere else.
    """

    sent: Mapping[str, Sequence[tuple[bytes | None, str]]]
    owed: Mapping[Pair, int]
    granted: frozenset[str]
    figures: wijken.Figures
    unreadable: int
    private: frozenset[str]

    @classmethod
    def of(cls, city: City, now: Month) -> "Truth":
        """Of a city that is played to its end, in the month in which it is looked at."""
        asked = [errand for circle in city.circles for errand in errands.of_circle(city, circle)]
        told = records(city)
        owed = truth.owed(city, now)
        everyone = [who for circle in city.circles for who in circle.people]
        return cls(
            {
                agb: [(r.value, WIRE_VERDICT.get(r.oordeel, r.oordeel)) for r in found]
                for agb, found in told.items()
            },
            owed,
            frozenset(
                KEPT_UNDER[errand.path].format_map(
                    {name: quote(str(part), safe="") for name, part in errand.body.items()}
                )
                for errand in asked
                if errand.path in KEPT_UNDER and not errand.wrong
            ),
            wijken.known(city, owed),
            sum(not r.key for found in told.values() for r in found),
            frozenset(text for who in everyone for text in (who.achternaam, who.adres.postcode)),
        )
