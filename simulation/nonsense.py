"""What providers publish that is wrong in itself, or that fits nothing."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from simulation.dice import Dice
from simulation.values import Zorg

Wire = dict[str, Any]
REFUSED, WAITING = "afgewezen", "inAfwachting"
UNKNOWN = 500_000
"""So far above a toewijzing is a number that never comes."""
KINDS = (
    "no json",
    "null",
    "wrong amount",
    "no volume",
    "unknown toewijzing",
    "of another provider",
    "other category",
    "outside the toewijzing",
    "two months",
    "ends before it begins",
    "by another name",
    "from another source",
    "unknown type",
    "number in use",
    "takes back what is unknown",
)


def written(wire: Wire) -> bytes | None:
    """The bytes of an event; of nonsense that is none, what stands in `raw`."""
    return wire["raw"] if "raw" in wire else json.dumps(wire, separators=(",", ":")).encode()


def made_of(
    event: Wire, number: str, zorg: Zorg, aanbieders: Sequence[str], others: Sequence[Zorg], dice: Dice
) -> tuple[str, Wire, str]:
    """Nonsense of a good event (which has a number of its own): who tells it, the event, and its verdict.

    `number` is one that is in use; `others` is all care that was not given by mistake.
    """
    data = event["data"]
    agb = data["aanbieder"]
    kind = dice.choice(KINDS)
    other_agb = next((a for a in aanbieders if a != agb), "00000000")
    not_mine = next((o for o in others if agb not in said_by(o)), None)
    begin = date.fromisoformat(data["begindatum"])
    oordeel = REFUSED
    match kind:
        case "no json":
            event["raw"] = json.dumps(event)[:-3].encode()
        case "null":
            event["raw"] = None
        case "wrong amount":
            data["bedragCent"] += 1
        case "unknown toewijzing":
            data["toewijzingNummer"] += UNKNOWN
            oordeel = WAITING
        case "of another provider" if not_mine:
            data["toewijzingNummer"] = not_mine.nummer
        case "other category":
            data["productcategorie"] = "06"
        case "outside the toewijzing":
            before = zorg.given.ingangsdatum - timedelta(days=40)
            data["begindatum"] = data["einddatum"] = before.isoformat()
        case "two months":
            data["einddatum"] = (begin + timedelta(days=31)).isoformat()
        case "ends before it begins":
            data["einddatum"] = (begin - timedelta(days=1)).isoformat()
        case "by another name":
            data["aanbieder"] = other_agb
        case "from another source":
            event["source"] = f"urn:nld:agb:{other_agb}:systeem:ecd"
        case "unknown type":
            event["type"] = "nl.wijkzorg.gebruik-gedroomd.v1"
        case "number in use":
            data["referentieNummer"] = number
            data["tariefCent"], data["bedragCent"] = None, None
        case "takes back what is unknown":
            event["type"] = "nl.wijkzorg.gebruik-ingetrokken.v1"
            data["vorigReferentieNummer"] = data["referentieNummer"][:-1] + "X"
            oordeel = WAITING
        case _:
            data["volume"], data["bedragCent"] = 0, 0
    return agb, event, oordeel


def said_by(zorg: Zorg) -> set[str | None]:
    """The providers that a toewijzing ever named."""
    return {zorg.given.aanbieder, *(change.terms.aanbieder for change in zorg.changes)}
