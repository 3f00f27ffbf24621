"""What providers publish that is wrong in itself, or that fits nothing."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from simulation.dice import Dice
from simulation.values import Zorg

Wire = dict[str, Any]
REFUSED, WAITING = "afgewezen", "inAfwachting"
WAITS = ("unknown toewijzing", "takes back what is unknown")
CODES = {
    "no json": "onleesbaar",
    "null": "onleesbaar",
    "from another source": "verkeerde-bron",
    "unknown type": "onbekend-type",
    "takes back what is unknown": "gebruik-onbekend",
    "wrong amount": "bedrag-klopt-niet",
    "no volume": "volume-niet-positief",
    "unknown toewijzing": "toewijzing-onbekend",
    "other category": "andere-productcategorie",
    "outside the toewijzing": "buiten-toewijzing",
    "two months": "meer-dan-een-maand",
    "ends before it begins": "einde-voor-begin",
    "by another name": "andere-aanbieder",
    "number in use": "referentienummer-in-gebruik",
    "of another provider": "andere-aanbieder",
}
"""Of each kind of nonsense the code of its verdict."""
UNKNOWN = 500_000
"""So far above a toewijzing is a number that never comes."""


def written(wire: Wire) -> bytes | None:
    """The bytes of an event; of nonsense that is none, what stands in `raw`."""
    return wire["raw"] if "raw" in wire else json.dumps(wire, separators=(",", ":")).encode()


def made_of(
    event: Wire, number: str, zorg: Zorg, aanbieders: Sequence[str], others: Sequence[Zorg], dice: Dice
) -> tuple[Wire, str, str]:
    """Nonsense of a good event (which has a number of its own): the event, its verdict and the code of that.

    `number` is one that is in use; `others` is all care that was not given by mistake.
    """
    data = event["data"]
    agb = data["aanbieder"]
    other_agb = next((a for a in aanbieders if a != agb), "00000000")
    not_mine = next((other.nummer for other in others if agb not in said_by(other)), None)
    begin = date.fromisoformat(data["begindatum"])
    before = (zorg.given.ingangsdatum - timedelta(days=40)).isoformat()
    in_event: dict[str, Wire] = {
        "no json": {"raw": json.dumps(event)[:-3].encode()},
        "null": {"raw": None},
        "from another source": {"source": f"urn:nld:agb:{other_agb}:systeem:ecd"},
        "unknown type": {"type": "nl.wijkzorg.gebruik-gedroomd.v1"},
        "takes back what is unknown": {"type": "nl.wijkzorg.gebruik-ingetrokken.v1"},
    }
    in_data: dict[str, Wire] = {
        "wrong amount": {"bedragCent": data["bedragCent"] + 1},
        "no volume": {"volume": 0, "bedragCent": 0},
        "unknown toewijzing": {"toewijzingNummer": data["toewijzingNummer"] + UNKNOWN},
        "other category": {"productcategorie": "06"},
        "outside the toewijzing": {"begindatum": before, "einddatum": before},
        "two months": {"einddatum": (begin + timedelta(days=31)).isoformat()},
        "ends before it begins": {"einddatum": (begin - timedelta(days=1)).isoformat()},
        "by another name": {"aanbieder": other_agb},
        "number in use": {"referentieNummer": number, "tariefCent": None, "bedragCent": None},
        "takes back what is unknown": {"vorigReferentieNummer": f"{data['referentieNummer']}X"},
    }
    if not_mine:
        in_data["of another provider"] = {"toewijzingNummer": not_mine}
    kind = dice.choice([*sorted(in_event.keys() | in_data), *["number in use"] * 3])
    made = event | in_event.get(kind, {}) | {"data": data | in_data.get(kind, {})}
    return made, WAITING if kind in WAITS else REFUSED, CODES[kind]


def said_by(zorg: Zorg) -> set[str | None]:
    """The providers that a toewijzing ever named."""
    return {zorg.given.aanbieder, *(change.terms.aanbieder for change in zorg.changes)}
