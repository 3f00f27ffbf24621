"""The faults that lie in a provider's event itself.

Such a verdict is final: no later fact can change it. Everything that depends on other facts is in `oordeel`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.kalender import month_of

PROVIDER_SOURCE = re.compile("urn:nld:agb:([0-9]{8}):")
EUROS = "83"
MINUTES = "01"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an event can never count: a code for machines, the wire field to blame, a sentence for people."""

    code: str
    veld: str
    uitleg: str


def source_agb(source: str) -> str | None:
    """The AGB code in `urn:nld:agb:<AGB>:…`, or None where the source is no provider's."""
    found = PROVIDER_SOURCE.match(source)
    return found[1] if found else None


def fault_of(event: Mapping[str, Any], agb: str) -> Fault | None:
    """The fault in an event that stands on the topic of provider `agb`, if it has one."""
    data = event["data"]
    if not event["source"].startswith(f"urn:nld:agb:{agb}:"):
        return Fault(
            "verkeerde-bron", "source", f"De bron hoort niet bij aanbieder {agb}, van wie dit topic is."
        )
    if data.get("aanbieder") != agb:
        return Fault("andere-aanbieder", "data.aanbieder", f"Dit topic is van aanbieder {agb}.")
    return _fault_of_use(data) if "volume" in data else None


def _fault_of_use(data: Mapping[str, Any]) -> Fault | None:
    if data["volume"] <= 0:
        return Fault("volume-niet-positief", "data.volume", "Het volume moet groter zijn dan nul.")
    if data["einddatum"] < data["begindatum"]:
        return Fault("einde-voor-begin", "data.einddatum", "De einddatum ligt voor de begindatum.")
    if month_of(data["begindatum"]) != month_of(data["einddatum"]):
        return Fault("meer-dan-een-maand", "data.einddatum", "De dagen liggen in meer dan een maand.")
    if not _amount_is_right(data):
        return Fault("bedrag-klopt-niet", "data.bedragCent", "Het bedrag is niet volume maal tarief.")
    return None


def _amount_is_right(data: Mapping[str, Any]) -> bool:
    """TR346: amount = volume x tariff; an hourly tariff declared in minutes is divided by 60, rounded half up.

    Of a tariff in minutes nobody can see which of the two it is: both are right.
    """
    tarief_cent, bedrag_cent = data.get("tarief_cent"), data.get("bedrag_cent")
    if tarief_cent is None or bedrag_cent is None or data["eenheid"] == EUROS:
        return True
    full: int = data["volume"] * tarief_cent
    if bedrag_cent == full:
        return True
    return bool(data["eenheid"] == MINUTES and bedrag_cent == (full + 30) // 60)
