"""Which lines are events, and which events are refused for a fault in themselves.

Written from the text of the contracts alone, and from nothing in the product.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.shapes import GEBRUIK, KNOWN, instant, moment, one_of, shape, text

type_prefix, type_suffix = "nl.wijkzorg.", ".v1"


@dataclass(frozen=True, eq=False)
class Event:
    """One CloudEvent that is not refused for a fault in itself; `kind` is its type without prefix and version."""

    id: str
    source: str
    kind: str
    time: datetime
    data: dict[str, Any]

    @property
    def canonical(self) -> str:
        """The data as one text that does not depend on the order of its keys."""
        return canonical(self.data)

    @property
    def rank(self) -> tuple[datetime, str, str, str]:
        """`time`, then source, id and canonical data."""
        return (self.time, self.source, self.id, self.canonical)


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_event(line: str | bytes) -> Event | None:
    """The event on this line, or nothing if it is no event or is refused for a fault in itself."""
    try:
        envelope = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not is_readable(envelope):
        return None
    kind = envelope["type"].removeprefix(type_prefix).removesuffix(type_suffix)
    time = instant(envelope["time"])
    event = Event(envelope["id"], envelope["source"], kind, time, envelope["data"])
    return None if is_faulty(event) else event


def is_readable(envelope: Any) -> bool:
    """The envelope is a CloudEvent's, the type is known here, and the data have the fields of its contract."""
    if not shape({"specversion": one_of("1.0"), "id": text, "source": text, "type": text, "time": moment})(
        envelope
    ):
        return False
    kinds = {f"{type_prefix}{kind}{type_suffix}": fields for kind, fields in KNOWN.items()}
    return envelope["type"] in kinds and shape(kinds[envelope["type"]])(envelope.get("data"))


def is_faulty(event: Event) -> bool:
    """Fault in itself: `aanbieder or source not the topic's, volume not above zero, days in more than one month, money`."""
    return has_wrong_source(event) or has_wrong_subject(event) or has_wrong_use(event)


def has_wrong_source(event: Event) -> bool:
    """`Here the AGB in a provider event's source stands for its topic's`; what is no provider's has no AGB there."""
    found = re.match(r"urn:nld:agb:([0-9]{8}):", event.source)
    if event.kind in GEBRUIK:
        return found is None or found[1] != event.data["aanbieder"]
    return found is not None


def has_wrong_subject(event: Event) -> bool:
    """`huishoudenId? or clientId?`: exactly one of the two."""
    given = [name for name in ("huishoudenId", "clientId") if event.data.get(name) is not None]
    return event.kind == "vrijstelling-vastgesteld" and len(given) != 1


def has_wrong_use(event: Event) -> bool:
    """`volume not above zero, days in more than one month, money that is not volume times tarief`."""
    use = event.data
    if event.kind != "gebruik-geregistreerd":
        return False
    if use["volume"] <= 0 or use["einddatum"] < use["begindatum"]:
        return True
    return use["begindatum"][:7] != use["einddatum"][:7] or has_wrong_money(use)


def has_wrong_money(use: dict[str, Any]) -> bool:
    """`only where both are given; eenheid 83 free; 01: volume times tariefCent or volume times tariefCent / 60 rounded half up`."""
    tarief, bedrag = use.get("tariefCent"), use.get("bedragCent")
    if tarief is None or bedrag is None or use["eenheid"] == "83":
        return False
    right = {use["volume"] * tarief}
    if use["eenheid"] == "01":
        right.add((2 * use["volume"] * tarief + 60) // 120)
    return bedrag not in right
