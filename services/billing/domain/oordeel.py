"""Verdicts: what a provider is told of each of its records, as a function of the facts known.

Several records may claim one fact (one referentieNummer, one event id). The earliest recorded is the fact; the
others are `dubbel` if they say the same, `afgewezen` if they say something else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.billing.domain.faults import Fault
from services.billing.domain.verzameling import precedes
from shared.contracts.contract import GEBRUIK
from shared.contracts.event import canonical_data, contract_of
from shared.contracts.gebruik import Oordeel

USE = "nl.wijkzorg.gebruik-geregistreerd.v1"
WITHDRAWAL = "nl.wijkzorg.gebruik-ingetrokken.v1"
START = "nl.wijkzorg.zorg-gestart.v1"
STOP = "nl.wijkzorg.zorg-gestopt.v1"

IN_GEBRUIK = Fault(
    "referentienummer-in-gebruik",
    "data.referentieNummer",
    "Dit nummer hoort al bij ander, eerder vastgelegd gebruik.",
)
ID_IN_GEBRUIK = Fault(
    "id-in-gebruik", "id", "Deze bron en id horen al bij een andere, eerder vastgelegde melding."
)
INTREKKING_ONBEKEND = Fault(
    "gebruik-onbekend",
    "data.vorigReferentieNummer",
    "Het gebruik dat wordt ingetrokken, is (nog) niet bekend.",
)
NIET_HIER = Fault("onbekend-type", "type", "Dit type gebeurtenis hoort niet op het topic van een aanbieder.")


class Melding(NamedTuple):
    """A record that is a fact, or claims to be: its place, and its event."""

    plaats: int
    event: Mapping[str, Any]

    @property
    def sleutel(self) -> str:
        """What makes two records of one provider the same fact.

        A withdrawal's own number plays no part, so that its whole content is its key.
        """
        event = self.event
        if event["type"] == WITHDRAWAL:
            return f"{WITHDRAWAL}/{canonical_data(event)}"
        key = contract_of(event).natural_key(event)
        return (
            f"{key}/{event['data']['versie']}/{canonical_data(event)}" if "versie" in event["data"] else key
        )


@dataclass(frozen=True, slots=True)
class Uitspraak:
    """A verdict on the record at `plaats`, with the fault it names if it names one."""

    plaats: int
    oordeel: Oordeel
    fault: Fault | None = None


def belongs_here(event: Mapping[str, Any]) -> bool:
    """Whether events of this type stand on a provider's topic."""
    return contract_of(event).topic is GEBRUIK


def choose(claims: Sequence[Melding]) -> tuple[Melding, list[Uitspraak]]:
    """Of the records that claim one fact: the one that is it, and the verdicts on the others."""
    fact = claims[0]
    for claim in claims[1:]:
        if precedes(claim.event, fact.event) or (
            claim.plaats < fact.plaats and not precedes(fact.event, claim.event)
        ):
            fact = claim
    content = canonical_data(fact.event)
    other = IN_GEBRUIK if fact.event["type"] == USE else ID_IN_GEBRUIK
    return fact, [
        Uitspraak(claim.plaats, "dubbel")
        if canonical_data(claim.event) == content
        else Uitspraak(claim.plaats, "afgewezen", other)
        for claim in claims
        if claim is not fact
    ]


def on_misfit(plaats: int, fault: Fault | None) -> Uitspraak:
    """The verdict on a fact by what keeps it from fitting: what is unknown may come, the rest is refused."""
    if fault is None:
        return Uitspraak(plaats, "geaccepteerd")
    waits = fault.code in ("toewijzing-onbekend", "gebruik-onbekend")
    return Uitspraak(plaats, "in_afwachting" if waits else "afgewezen", fault)
