"""An iWmo 3.2 declaration (WMO323) read into the events its provider publishes: bytes in, values out.

The BSN is never read: a toewijzingnummer says enough, and what is not read can be neither kept nor repeated.
The ids rest on the row alone, so that reading the same row again, from whatever file, gives the same event.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeAlias, cast

from lxml import etree

from services.billing.domain.faults import fault_of
from shared.contracts.event import UnreadableError, derived_id, format_moment, parse
from shared.contracts.types import DATE_MAX, DATE_MIN
from shared.kalender import AMSTERDAM

Element: TypeAlias = etree._Element  # noqa: SLF001 - the only name lxml has for it
WireEvent: TypeAlias = dict[str, Any]

FILE_BYTES_MAX = 64 * 1024 * 1024
"""Some 60,000 rows: a declaration of one provider and one month has hundreds to a few thousand."""

NAMESPACES = {
    "wmo": "http://www.istandaarden.nl/iwmo/3_2/wmo323/schema",
    "iwmo": "http://www.istandaarden.nl/iwmo/3_2/basisschema/schema",
}
BERICHT, PRESTATIE = f"{{{NAMESPACES['wmo']}}}Bericht", f"{{{NAMESPACES['wmo']}}}Prestatie"
XML_SPACE = " \t\r\n"
DOCTYPE = "This file has a DOCTYPE, which no iWmo message has and which may hide something"

AMBIGUOUS = "\x00"
"""Stands for an element that is there twice or holds other elements. XML cannot say it, no contract accepts it."""


class DeclaratieError(Exception):
    """The whole file cannot be used, and nothing of it was; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Onbruikbaar:
    """A row that cannot be used: where it stands, and why, without anything about the client.

    `line` lies in the row: its first line, or past line 65,535 of the file perhaps the one after.
    """

    line: int
    place: str
    referentie_nummer: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Declaratie:
    """What a declaration says: the events of its usable rows in wire form, and the rows that are not usable."""

    aanbieder: str
    ontvanger: str
    dagtekening: date
    events: tuple[WireEvent, ...]
    onbruikbaar: tuple[Onbruikbaar, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    place: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a field stands in a Prestatie, how its text becomes a value, and what people must make it."""

    path: str
    value: Callable[[str], Any]
    rule: str
    when: str = ""


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"[-+]?[0-9]{1,18}", text) else text


def _cent(text: str) -> int | str:
    return int(text) if re.fullmatch(r"\+?[0-9]{1,18}", text) else text


def _day(text: str) -> str:
    return text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else AMBIGUOUS


NUMBER, OPTIONAL, OF_CREDIT = "1 to 20 printable characters", ", if given,", " of a credit row"
VORIG = "wmo:ProductReferentie/iwmo:VorigReferentieNummer"
CENTS = "a whole number of eurocents without a minus sign"
FIELDS = {
    "referentieNummer": _Field("wmo:ProductReferentie/iwmo:ReferentieNummer", str, NUMBER),
    "vorigReferentieNummer": _Field(VORIG, str, NUMBER, OF_CREDIT),
    "toewijzingNummer": _Field("wmo:ToewijzingNummer", _whole, "a whole number from 1 to 999999999"),
    "productcategorie": _Field("wmo:ProductCategorie", str, "one of the codes 01 to 18"),
    "productcode": _Field("wmo:ProductCode", str, "1 to 10 letters and digits", OPTIONAL),
    "begindatum": _Field("wmo:ProductPeriode/iwmo:Begindatum", _day, "a date, YYYY-MM-DD"),
    "einddatum": _Field("wmo:ProductPeriode/iwmo:Einddatum", _day, "a date, YYYY-MM-DD"),
    "volume": _Field("wmo:GeleverdVolume", _whole, "a whole number of at most 2147483647"),
    "eenheid": _Field("wmo:Eenheid", str, "one of the codes 01, 04, 14, 16, 82, 83, 84"),
    "tariefCent": _Field("wmo:ProductTarief", _cent, CENTS, OPTIONAL),
    "bedragCent": _Field("wmo:IngediendBedrag/iwmo:Bedrag", _cent, CENTS, OPTIONAL),
    "debetCredit": _Field("wmo:IngediendBedrag/iwmo:DebetCredit", str, "D or C"),
}
"""The whole content of a row, by wire name. The ids of events rest on these names: they never change."""

USE = tuple(name for name in FIELDS if name not in {"vorigReferentieNummer", "debetCredit"})
WITHDRAWAL = ("referentieNummer", "vorigReferentieNummer", "toewijzingNummer")
SIGNS = {"D": 1, "C": -1}

FAULTS = {
    "volume-niet-positief": "GeleverdVolume must be above zero.",
    "einde-voor-begin": "Einddatum lies before Begindatum: ProductPeriode must run forward.",
    "meer-dan-een-maand": "ProductPeriode has days in more than one month: each month needs a row of its own.",
    "bedrag-klopt-niet": "IngediendBedrag is not GeleverdVolume times ProductTarief (TR346).",
}


def read_declaratie(content: bytes, gemeentecode: str) -> Declaratie:
    """The declaration in the bytes of a file, addressed to `gemeentecode`; DeclaratieError if it is none.

    Every row ends as one event or as one Onbruikbaar; a bad row leaves its neighbours alone.
    """
    root = _root(content)
    aanbieder, dagtekening = _header(root, gemeentecode)
    rows = tuple(_rows(root))
    events: list[WireEvent] = []
    onbruikbaar: list[Onbruikbaar] = []
    taken: dict[str, tuple[str, str]] = {}
    for row in rows:
        event = _event(row.texts, aanbieder, dagtekening)
        reason = _own_fault(event, row.texts, aanbieder) or _number_taken(event, row.place, taken)
        if reason is None:
            events.append(event)
        else:
            onbruikbaar.append(Onbruikbaar(row.line, row.place, _shown(row.texts), reason))
    warnings = tuple(_warnings(root, rows))
    return Declaratie(aanbieder, gemeentecode, dagtekening, tuple(events), tuple(onbruikbaar), warnings)


def _refused(what: str, remedy: str = "ask the sender to correct it") -> DeclaratieError:
    return DeclaratieError(f"{what}: nothing was imported; {remedy}.")


def _root(content: bytes) -> Element:
    if len(content) > FILE_BYTES_MAX:
        raise _refused(f"This file is larger than {FILE_BYTES_MAX} bytes", "ask the sender for smaller ones")
    # A DTD is best not parsed at all; one in an encoding unlike ASCII is found afterwards.
    if b"<!DOCTYPE" in content:
        raise _refused(DOCTYPE)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        # Its own message may quote the file, and so a client.
        what = f"This file is not well-formed XML (line {error.lineno or 1})"
        raise _refused(what, "ask the sender for the whole file again") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused(DOCTYPE)
    return root


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
        day = date.fromisoformat(_day(text))
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


def _rows(root: Element) -> Iterator[_Row]:
    for client_at, client in enumerate(root.findall("wmo:Declaratie/wmo:Clienten/wmo:Client", NAMESPACES), 1):
        for row_at, row in enumerate(client.findall("wmo:Prestaties/wmo:Prestatie", NAMESPACES), 1):
            texts = {name: _text(row, field.path) for name, field in FIELDS.items()}
            given = {name: text for name, text in texts.items() if text is not None}
            line = cast("int | None", row.sourceline) or 0
            yield _Row(line, f"Client {client_at}, Prestatie {row_at}", given)


def _event(texts: Mapping[str, str], aanbieder: str, dagtekening: date) -> WireEvent:
    credit = texts.get("debetCredit") == "C"
    names = WITHDRAWAL if credit else USE
    data = {name: FIELDS[name].value(texts[name]) for name in names if name in texts}
    content = json.dumps(texts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "specversion": "1.0",
        "id": str(derived_id(f"iwmo323/{aanbieder}/{content}")),
        "source": f"urn:nld:agb:{aanbieder}:systeem:iwmo",
        "type": f"nl.wijkzorg.gebruik-{'ingetrokken' if credit else 'geregistreerd'}.v1",
        "subject": str(data.get("toewijzingNummer")),
        "time": format_moment(datetime.combine(dagtekening, time.min, AMSTERDAM)),
        "datacontenttype": "application/json",
        "data": {"aanbieder": aanbieder, **data},
    }


def _own_fault(event: WireEvent, texts: Mapping[str, str], aanbieder: str) -> str | None:
    if texts.get("debetCredit") not in SIGNS:
        return _broken_rule("debetCredit")
    try:
        parsed = parse(json.dumps(event))
    except UnreadableError as error:
        return _broken_rule((error.veld or "").removeprefix("data."))
    fault = fault_of(parsed, aanbieder)
    return FAULTS.get(fault.code, f"This row is refused: {fault.code}.") if fault else None


def _broken_rule(name: str) -> str:
    if name not in FIELDS:
        return "No contract accepts the event of this row."
    field = FIELDS[name]
    return f"{field.path.rpartition(':')[2]}{field.when} must stand there once, as {field.rule}."


def _number_taken(event: WireEvent, place: str, taken: dict[str, tuple[str, str]]) -> str | None:
    """Why this number cannot be this row's; a row that is the same in everything is the same event."""
    id_, by = taken.setdefault(event["data"]["referentieNummer"], (event["id"], place))
    if id_ == event["id"]:
        return None
    return f"ReferentieNummer is already that of {by}, which says something else (TR314)."


def _shown(texts: Mapping[str, str]) -> str | None:
    number = texts.get("referentieNummer", "")
    return number if re.fullmatch(r".{1,20}", number) and number.isprintable() else None


def _warnings(root: Element, rows: Sequence[_Row]) -> Iterator[str]:
    strays = sum(1 for _ in root.iter(PRESTATIE)) - len(rows)
    if strays:
        yield f"Rows outside Client/Prestaties, which were not read: {strays}; ask the sender about them."
    if not rows:
        yield "This declaration has no rows: nothing was imported; ask the sender whether it is complete."
    total = "wmo:Declaratie/wmo:TotaalIngediendBedrag/iwmo:"
    declared = _signed(_text(root, total + "TotaalBedrag"), _text(root, total + "DebetCredit"))
    amounts = [_signed(row.texts.get("bedragCent"), row.texts.get("debetCredit")) for row in rows]
    readable = [amount for amount in amounts if amount is not None]
    if declared is None or len(readable) < len(amounts):
        yield "TotaalIngediendBedrag could not be checked (TR358): it, or the amount of a row, cannot be read."
    elif declared != sum(readable):
        yield (
            f"TotaalIngediendBedrag says {declared} eurocents and the rows add up to {sum(readable)} (TR358): "
            "the usable rows count; ask the sender which is right."
        )


def _signed(cent_text: str | None, sign_text: str | None) -> int | None:
    amount, sign = _cent(cent_text or ""), SIGNS.get(sign_text or "")
    return amount * sign if isinstance(amount, int) and sign else None
