"""The chain of a household's definitive lines: what is altered, put in or taken away by hand breaks it.

Recomputed here from the lines alone, apart from the SQL that made it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from shared.kalender import Month, format_month


class Schakel(NamedTuple):
    """A link: its place from 1 on, the line it is about, and the hash of all up to it."""

    huishouden_id: UUID
    nummer: int
    regel_id: int
    maand: Month
    versie: int
    hash: bytes


class Sluiting(NamedTuple):
    """The latest closing that began: every line of these months that was written before it is in the chain."""

    maand: Month
    begonnen_op: datetime
    tot_regel: int
    tot_huishouden: UUID | None
    is_closed: bool

    def has_seen(self, line: Mapping[str, Any]) -> bool:
        """Whether this line must have been put in the chain."""
        reached = self.is_closed or (
            self.tot_huishouden is not None and line["huishouden_id"] <= self.tot_huishouden
        )
        return (
            reached
            and line["maand"] <= self.maand
            and line["bijdrage_regel_id"] <= self.tot_regel
            and line["geschreven_op"] <= self.begonnen_op
        )


class Breuk(NamedTuple):
    """Where a chain is broken: at which line, and how."""

    huishouden_id: UUID
    maand: Month
    versie: int
    wat: str

    @property
    def uitleg(self) -> str:
        """In Dutch, for people."""
        where = f"Huishouden {self.huishouden_id}, maand {format_month(self.maand)}, versie {self.versie}"
        return f"{where}: {self.wat}."


def canonical(line: Mapping[str, Any]) -> bytes:
    """The line as it is hashed: a JSON array in UTF-8, a space after each comma, nothing escaped that need not be."""
    moment = line["geschreven_op"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = [
        str(line["huishouden_id"]),
        line["maand"],
        line["versie"],
        line["soort"],
        line["bedrag_cent"],
        line["totaal_cent"],
        str(line["bijdrage_id"]),
        line["regel"],
        line["wet"],
        line["aanleiding"],
        moment,
    ]
    return json.dumps(fields, ensure_ascii=False).encode()


def breuken(
    schakels: Sequence[Schakel], lines: Iterable[Mapping[str, Any]], sluiting: Sluiting | None
) -> list[Breuk]:
    """What is wrong with one household: its chain in order, all its lines, and the latest closing, if there was one.

    After a link that is wrong the next are held against the hash that stands there, so that only what was touched is named.
    """
    by_id = {line["bijdrage_regel_id"]: line for line in lines}
    found: list[Breuk] = []
    before, last = b"", dict[Month, int]()
    for place, schakel in enumerate(schakels, start=1):
        line = by_id.get(schakel.regel_id)
        if schakel.nummer != place:
            found.append(_at(schakel, "voor deze regel ontbreekt een schakel van de keten"))
        elif line is None:
            found.append(_at(schakel, "deze regel is weggehaald"))
        elif sha256(before + canonical(line)).digest() != schakel.hash:
            found.append(_at(schakel, "deze regel is gewijzigd"))
        last[schakel.maand] = max(schakel.versie, last.get(schakel.maand, 0))
        before = schakel.hash
    chained = {schakel.regel_id for schakel in schakels}
    for id_, line in by_id.items():
        is_late = line["versie"] > last.get(line["maand"], 0)
        if id_ not in chained and (not is_late or (sluiting and sluiting.has_seen(line))):
            place_of = line["huishouden_id"], line["maand"], line["versie"]
            found.append(Breuk(*place_of, "deze regel is er later tussen gezet"))
    return found


def _at(schakel: Schakel, wat: str) -> Breuk:
    return Breuk(schakel.huishouden_id, schakel.maand, schakel.versie, wat)
