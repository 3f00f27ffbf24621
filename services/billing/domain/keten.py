"""The chain of a household's definitive lines and its statements: what is altered, put in or taken away by hand breaks it.

Recomputed here from the lines and statements alone, apart from the SQL that made it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from shared.kalender import Month, format_month


class Schakel(NamedTuple):
    """A link: its place from 1 on, and the hash of all up to it.

    It is about a line, or where it has no `regel_id` and `versie` about the statement of its month.
    """

    huishouden_id: UUID
    nummer: int
    regel_id: int | None
    maand: Month
    versie: int | None
    hash: bytes


class Gemaakt(NamedTuple):
    """A statement as it is kept: what it asks, and the SHA-256 of its bytes in hexadecimal."""

    huishouden_id: UUID
    maand: Month
    gevraagd_cent: int
    sha256: str


class Eind(NamedTuple):
    """The last link of a household as it was noted when it was made, and by the closing of which month."""

    huishouden_id: UUID
    nummer: int
    maand: Month


class Dossier(NamedTuple):
    """What is kept of one household: its chain in order, all its lines, its statements, and where the chain ends."""

    schakels: Sequence[Schakel]
    lines: Sequence[Mapping[str, Any]]
    overzichten: Sequence[Gemaakt] = ()
    eind: Eind | None = None


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
    """Where a chain is broken, and how: at a line, or without a `versie` at the statement of the month."""

    huishouden_id: UUID
    maand: Month
    versie: int | None
    wat: str

    @property
    def uitleg(self) -> str:
        """In Dutch, for people."""
        line = "" if self.versie is None else f", versie {self.versie}"
        return f"Huishouden {self.huishouden_id}, maand {format_month(self.maand)}{line}: {self.wat}."


class Telling(NamedTuple):
    """A closed month in figures: how many households are charged and for how much; how many statements, asking what."""

    huishoudens: int
    totaal_cent: int
    overzichten: int
    gevraagd_cent: int


class Afwijking(NamedTuple):
    """A closed month that has other figures now than it was closed with."""

    maand: Month
    gesloten: Telling
    nu: Telling

    @property
    def uitleg(self) -> str:
        """In Dutch, for people."""
        return f"Maand {format_month(self.maand)} is gesloten met {_figures(self.gesloten)}. Nu zijn het {_figures(self.nu)}."


def _figures(of: Telling) -> str:
    return (
        f"{of.huishoudens} huishoudens met samen {of.totaal_cent} cent, en {of.overzichten} overzichten die samen"
        f" {of.gevraagd_cent} cent vragen"
    )


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


def canonical_overzicht(overzicht: Gemaakt) -> bytes:
    """The statement as it is hashed, in the same way."""
    return json.dumps([str(overzicht.huishouden_id), *overzicht[1:]]).encode()


def breuken(of: Dossier, sluiting: Sluiting | None) -> list[Breuk]:
    """What is wrong with one household; `sluiting` is the latest closing, if there was one.

    After a link that is wrong the next are held against the hash that stands there, so that only what was touched is named.
    """
    return [*_wrong_links(of), *_wrong_end(of), *_unlinked(of, sluiting)]


def _wrong_links(of: Dossier) -> Iterator[Breuk]:
    lines = {line["bijdrage_regel_id"]: line for line in of.lines}
    overzichten = {overzicht.maand: overzicht for overzicht in of.overzichten}
    before, place = b"", 1
    for schakel in of.schakels:
        if schakel.regel_id is None:
            wat, overzicht = "dit overzicht", overzichten.get(schakel.maand)
            content = None if overzicht is None else canonical_overzicht(overzicht)
        else:
            wat, line = "deze regel", lines.get(schakel.regel_id)
            content = None if line is None else canonical(line)
        place_of = schakel.huishouden_id, schakel.maand, schakel.versie
        if schakel.nummer != place:
            yield Breuk(*place_of, f"voor {wat} ontbreekt een schakel van de keten")
        elif content is None:
            yield Breuk(*place_of, f"{wat} is weggehaald")
        elif sha256(before + content).digest() != schakel.hash:
            yield Breuk(*place_of, f"{wat} is gewijzigd")
        before, place = schakel.hash, schakel.nummer + 1


def _wrong_end(of: Dossier) -> Iterator[Breuk]:
    last = of.schakels[-1] if of.schakels else None
    if of.eind is not None and (last is None or last.nummer < of.eind.nummer):
        yield Breuk(of.eind.huishouden_id, of.eind.maand, None, "van de keten is het eind weggehaald")
    elif last is not None and (of.eind is None or last.nummer > of.eind.nummer):
        yield Breuk(last.huishouden_id, last.maand, None, "de keten gaat verder dan bij het sluiten")


def _unlinked(of: Dossier, sluiting: Sluiting | None) -> Iterator[Breuk]:
    """Lines and statements that must be in the chain, and are not."""
    chained = {schakel.regel_id for schakel in of.schakels}
    last = dict[Month, int]()
    for schakel in of.schakels:
        last[schakel.maand] = max(schakel.versie or 0, last.get(schakel.maand, 0))
    for line in of.lines:
        is_late = line["versie"] > last.get(line["maand"], 0)
        if line["bijdrage_regel_id"] not in chained and (
            not is_late or (sluiting and sluiting.has_seen(line))
        ):
            yield Breuk(
                line["huishouden_id"], line["maand"], line["versie"], "deze regel is er later tussen gezet"
            )
    made = {schakel.maand for schakel in of.schakels if schakel.regel_id is None}
    for overzicht in of.overzichten:
        if overzicht.maand not in made:
            yield Breuk(*overzicht[:2], None, "dit overzicht is er later tussen gezet")
