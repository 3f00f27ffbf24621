"""An iWmo 3.2 declaration (WMO323) read into the events its provider publishes: bytes in, values out.

The BSN is never read: a toewijzingnummer says enough, and what is not read can be neither kept nor repeated.
The ids rest on the row alone, so that reading the same row again, from whatever file, gives the same event.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeAlias

from services.billing.domain.faults import fault_of
from shared.contracts.event import UnreadableError, derived_id, format_moment, parse
from shared.kalender import AMSTERDAM
from wijkzorg.declaratie import Bestand, read_bestand, written_day

WireEvent: TypeAlias = dict[str, Any]


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


NUMBER, OPTIONAL, OF_CREDIT = "1 to 20 printable characters", ", if given,", " of a credit row"
VORIG = "wmo:ProductReferentie/iwmo:VorigReferentieNummer"
CENTS = "a whole number of eurocents without a minus sign"
FIELDS = {
    "referentieNummer": _Field("wmo:ProductReferentie/iwmo:ReferentieNummer", str, NUMBER),
    "vorigReferentieNummer": _Field(VORIG, str, NUMBER, OF_CREDIT),
    "toewijzingNummer": _Field("wmo:ToewijzingNummer", _whole, "a whole number from 1 to 999999999"),
    "productcategorie": _Field("wmo:ProductCategorie", str, "one of the codes 01 to 18"),
    "productcode": _Field("wmo:ProductCode", str, "1 to 10 letters and digits", OPTIONAL),
    "begindatum": _Field("wmo:ProductPeriode/iwmo:Begindatum", written_day, "a date, YYYY-MM-DD"),
    "einddatum": _Field("wmo:ProductPeriode/iwmo:Einddatum", written_day, "a date, YYYY-MM-DD"),
    "volume": _Field("wmo:GeleverdVolume", _whole, "a whole number of at most 2147483647"),
    "eenheid": _Field("wmo:Eenheid", str, "one of the codes 01, 04, 14, 16, 82, 83, 84"),
    "tariefCent": _Field("wmo:ProductTarief", _cent, CENTS, OPTIONAL),
    "bedragCent": _Field("wmo:IngediendBedrag/iwmo:Bedrag", _cent, CENTS, OPTIONAL),
    "debetCredit": _Field("wmo:IngediendBedrag/iwmo:DebetCredit", str, "D or C"),
}
"""The whole content of a row, by wire name. The ids of events rest on these names: they never change."""
PATHS = {name: field.path for name, field in FIELDS.items()}

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
    bestand = read_bestand(content, gemeentecode, PATHS)
    aanbieder, dagtekening = bestand.aanbieder, bestand.dagtekening
    events: list[WireEvent] = []
    onbruikbaar: list[Onbruikbaar] = []
    taken: dict[str, tuple[str, str]] = {}
    for row in bestand.rows:
        event = _event(row.texts, aanbieder, dagtekening)
        reason = _own_fault(event, row.texts, aanbieder) or _number_taken(event, row.place, taken)
        if reason is None:
            events.append(event)
        else:
            onbruikbaar.append(Onbruikbaar(row.line, row.place, _shown(row.texts), reason))
    warnings = tuple(_warnings(bestand))
    return Declaratie(aanbieder, gemeentecode, dagtekening, tuple(events), tuple(onbruikbaar), warnings)


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


def _warnings(bestand: Bestand) -> Iterator[str]:
    rows = bestand.rows
    if bestand.strays:
        yield f"Rows outside Client/Prestaties, which were not read: {bestand.strays}; ask the sender about them."
    if not rows:
        yield "This declaration has no rows: nothing was imported; ask the sender whether it is complete."
    declared = _signed(*bestand.totaal)
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
