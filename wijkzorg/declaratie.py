"""The file of a declaration (WMO323), read client by client: its header, and of each row the texts that are asked for.

No entity, no network and no more of it as a tree than one client; the file as a whole is checked first of all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TypeAlias, cast

from lxml import etree

from shared.contracts.types import DATE_MAX, DATE_MIN

Element: TypeAlias = etree._Element  # noqa: SLF001 - the only name lxml has for it
Paths: TypeAlias = Mapping[str, str]

FILE_BYTES_MAX = 64 * 1024 * 1024
"""Some 60,000 rows: a declaration of one provider and one month has hundreds to a few thousand."""

NAMESPACES = {
    "wmo": "http://www.istandaarden.nl/iwmo/3_2/wmo323/schema",
    "iwmo": "http://www.istandaarden.nl/iwmo/3_2/basisschema/schema",
}
BERICHT, DECLARATIE, CLIENTEN, CLIENT, PRESTATIE = (
    f"{{{NAMESPACES['wmo']}}}{name}" for name in ("Bericht", "Declaratie", "Clienten", "Client", "Prestatie")
)
XML_SPACE = " \t\r\n"
DOCTYPE = "This file has a DOCTYPE, which no iWmo message has and which may hide something"

AMBIGUOUS = "\x00"
"""Stands for an element that is there twice or holds other elements. XML cannot say it, no contract accepts it."""


class DeclaratieError(Exception):
    """The whole file cannot be used, and nothing of it was; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file: where, and its texts by name, without what is absent or empty."""

    line: int
    place: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bestand:
    """What stands in a file that is a declaration for this gemeente; `totaal` are its amount and its sign."""

    aanbieder: str
    dagtekening: date
    rows: list[Row]
    strays: int
    totaal: tuple[str | None, str | None]


def read_bestand(content: bytes, gemeentecode: str, paths: Paths) -> Bestand:
    """The file in these bytes, addressed to `gemeentecode`, with the texts at `paths` of each row.

    Raises DeclaratieError where the file as a whole cannot be used.
    """
    root, rows, strays = _scan(content, paths)
    aanbieder, dagtekening = _header(root, gemeentecode)
    total = "wmo:Declaratie/wmo:TotaalIngediendBedrag/iwmo:"
    totaal = _text(root, total + "TotaalBedrag"), _text(root, total + "DebetCredit")
    return Bestand(aanbieder, dagtekening, rows, strays, totaal)


def written_day(text: str) -> str:
    """A date as it is written in the file; what is none becomes what no contract accepts."""
    return text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else AMBIGUOUS


def _refused(what: str, remedy: str = "ask the sender to correct it") -> DeclaratieError:
    return DeclaratieError(f"{what}: nothing was imported; {remedy}.")


def _scan(content: bytes, paths: Paths) -> tuple[Element, list[Row], int]:
    """The file without its clients, their rows, and how many rows stand elsewhere; never held as a whole."""
    if len(content) > FILE_BYTES_MAX:
        raise _refused(f"This file is larger than {FILE_BYTES_MAX} bytes", "ask the sender for smaller ones")
    # A DTD is best not parsed at all; one in an encoding unlike ASCII is found afterwards.
    if b"<!DOCTYPE" in content:
        raise _refused(DOCTYPE)
    parsed = etree.iterparse(
        BytesIO(content),
        tag=(CLIENT, PRESTATIE),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    rows: list[Row] = []
    clients = prestaties = 0
    try:
        for _, element in parsed:
            if element.tag == PRESTATIE:
                prestaties += 1
            elif [above.tag for above in element.iterancestors()] == [CLIENTEN, DECLARATIE, BERICHT]:
                clients += 1
                rows += _rows(element, clients, paths)
                element.clear()
    except etree.XMLSyntaxError as error:
        # Its own message may quote the file, and so a client; of an unknown entity only the log has the line.
        line = error.lineno or next((entry.line for entry in parsed.error_log), 1)
        what = f"This file is not well-formed XML (line {line})"
        raise _refused(what, "ask the sender for the whole file again") from None
    if parsed.root.getroottree().docinfo.internalDTD is not None:
        raise _refused(DOCTYPE)
    return parsed.root, rows, prestaties - len(rows)


def _header(root: Element, gemeentecode: str) -> tuple[str, date]:
    """The sender and the date of signing, once it is certain that this is a WMO323 3.2 for this gemeente."""
    if root.tag != BERICHT:
        raise _refused("This file is no WMO323 declaration of iWmo 3.2", "choose one that is")
    if _header_text(root, "wmo:BerichtCode") != "484":
        raise _refused("The BerichtCode of this file is not 484 (WMO323)", "choose a declaration")
    if (_header_text(root, "wmo:BerichtVersie"), _header_text(root, "wmo:BerichtSubversie")) != ("3", "2"):
        raise _refused("The version of this file is not 3.2", "ask the sender for one of iWmo 3.2")
    _check_ontvanger(_header_text(root, "wmo:Ontvanger"), gemeentecode)
    afzender = _header_text(root, "wmo:Afzender")
    if not re.fullmatch(r"[0-9]{8}", afzender):
        raise _refused("The Afzender of this file is no AGB code of eight digits")
    return afzender, _dagtekening(_header_text(root, "wmo:BerichtIdentificatie/iwmo:Dagtekening"))


def _check_ontvanger(ontvanger: str, gemeentecode: str) -> None:
    if not re.fullmatch(r"[0-9]{4}", ontvanger):
        raise _refused("The Ontvanger of this file is no gemeentecode of four digits")
    if ontvanger != gemeentecode:
        what = f"This declaration is addressed to gemeente {ontvanger}, and this is gemeente {gemeentecode}"
        raise _refused(what, "choose a file for this gemeente, or set the gemeentecode it is for")


def _dagtekening(text: str) -> date:
    try:
        day = date.fromisoformat(written_day(text))
    except ValueError:
        day = DATE_MIN
    # Local midnight of the very first date is an instant before the earliest that a contract accepts.
    if not DATE_MIN < day <= DATE_MAX:
        raise _refused("The Dagtekening of this file is no valid date (YYYY-MM-DD)")
    return day


def _header_text(root: Element, path: str) -> str:
    return _text(root, f"wmo:Header/{path}") or ""


def _text(parent: Element, path: str) -> str | None:
    """The text at the one element of that path; None where there is none or it is empty."""
    found = parent.findall(path, NAMESPACES)
    if not found:
        return None
    if len(found) > 1 or len(found[0]):
        return AMBIGUOUS
    return (found[0].text or "").strip(XML_SPACE) or None


def _rows(client: Element, client_at: int, paths: Paths) -> Iterator[Row]:
    for row_at, row in enumerate(client.findall("wmo:Prestaties/wmo:Prestatie", NAMESPACES), 1):
        texts = {name: _text(row, path) for name, path in paths.items()}
        given = {name: text for name, text in texts.items() if text is not None}
        line = cast("int | None", row.sourceline) or 0
        yield Row(line, f"Client {client_at}, Prestatie {row_at}", given)
