"""Which lines are events, and which events are refused for a fault in themselves.

Written from the text of the contracts alone, and from nothing in the product.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

type_prefix, type_suffix = "nl.wijkzorg.", ".v1"

Check = Callable[[Any], bool]


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


def text(value: Any) -> bool:
    """A text that is not empty."""
    return isinstance(value, str) and value != ""


def flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def whole(value: Any) -> bool:
    """A whole number; JSON's true is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def pattern(expression: str) -> Check:
    """A text of one form."""
    compiled = re.compile(expression, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def one_of(*words: str) -> Check:
    """One word of a closed list."""
    return lambda value: isinstance(value, str) and value in words


def list_of(check: Check) -> Check:
    """A list, every item of which passes."""
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def counted(value: Any) -> bool:
    """Whole numbers by word."""
    return isinstance(value, dict) and all(whole(number) for number in value.values())


def shape(fields: dict[str, Check]) -> Check:
    """An object with these fields; a name that ends in `?` may be absent. Unknown fields are ignored."""

    def passes(value: Any) -> bool:
        return isinstance(value, dict) and all(field_passes(value, *item) for item in fields.items())

    return passes


def field_passes(value: dict[str, Any], name: str, check: Check) -> bool:
    """A field is right, or is absent (or null) where it may be."""
    content = value.get(name.removesuffix("?"))
    return name.endswith("?") if content is None else check(content)


def day(value: Any) -> bool:
    """YYYY-MM-DD, in the calendar."""
    if not pattern(r"\d{4}-\d{2}-\d{2}")(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def moment(value: Any) -> bool:
    """RFC 3339: a date, a time and an offset."""
    if not pattern(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")(value):
        return False
    try:
        instant(value).astimezone(AMSTERDAM)
    except (ValueError, OverflowError):
        return False
    return True


def instant(value: str) -> datetime:
    """The instant that a moment's text names."""
    return datetime.fromisoformat(value.upper())


agb = pattern(r"\d{8}")
uuid = pattern(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
month = pattern(r"\d{4}-(0[1-9]|1[0-2])")
categorie = pattern(r"0[1-9]|1[0-8]|J.*")
wijk = shape({"jaar": whole, "code": text})

TOEWIJZING = shape(
    {
        "toewijzingNummer": whole,
        "aanbieder?": agb,
        "productcategorie": categorie,
        "productcode?": text,
        "ingangsdatum": day,
        "einddatum?": day,
        "omvang?": shape({"volume": whole, "eenheid": text, "frequentie": text}),
        "budgetCent?": whole,
        "leveringsvorm": one_of("zin", "pgb"),
        "kostprijsCent?": whole,
        "toegewezenOp": moment,
        "wijkteamId?": text,
    }
)
WIJKPERIODE = shape(
    {
        "van": day,
        "tot?": day,
        "wijk": wijk,
        "leeftijdsgroep": one_of("0-17", "18-64", "65-74", "75-84", "85+"),
    }
)
HUISHOUDPERIODE = shape({"van": day, "tot?": day, "leden": list_of(uuid)})

# The types of the rule in full; of the others the fields that may not be absent.
INTAKE: dict[str, dict[str, Check]] = {
    "client-vastgesteld": {
        "clientId": uuid,
        "versie": whole,
        "perioden": list_of(WIJKPERIODE),
        "uitgeschrevenPer?": day,
        "opgegaanIn?": uuid,
    },
    "huishouden-vastgesteld": {"huishoudenId": uuid, "versie": whole, "perioden": list_of(HUISHOUDPERIODE)},
    "vrijstelling-vastgesteld": {
        "vrijstellingId": uuid,
        "versie": whole,
        "huishoudenId?": uuid,
        "clientId?": uuid,
        "geldtVoor": one_of("huishouden", "client"),
        "teltVoorKostprijs": flag,
        "vanMaand": month,
        "totMaand?": month,
        "vervallen": flag,
    },
    "melding-ontvangen": {"meldingId": text, "clientId": uuid, "datum": day, "kanaal": text, "spoed": flag},
    "klanthouder-toegewezen": {"clientId": uuid, "versie": whole, "klanthouderId": text, "vanaf": day},
    "onderzoek-afgerond": {"meldingId": text, "clientId": uuid, "datum": day, "oplossingen": counted},
    "aanvraag-ingediend": {"aanvraagId": text, "meldingId": text, "clientId": uuid, "datum": day},
    "zelfredzaamheid-geteld": {"wijk": wijk, "maand": month, "versie": whole, "aantal": whole},
    "initiatief-vastgesteld": {"initiatiefId": text, "versie": whole, "thema": text, "status": text},
    "samenspraak-vastgesteld": {"samenspraakId": text, "versie": whole, "niveau": text, "vorm": text},
}
INDICATIE: dict[str, dict[str, Check]] = {
    "indicatie-afgegeven": {
        "beschikkingNummer": text,
        "aanvraagId": text,
        "clientId": uuid,
        "besluit": one_of("toegekend", "deels", "afgewezen"),
        "besluitdatum": day,
        "uiterlijk": day,
        "toewijzingen": list_of(TOEWIJZING),
    },
    "toewijzing-gewijzigd": {"clientId": uuid, "toewijzing": TOEWIJZING, "reden": text},
    "plan-vastgesteld": {"planId": text, "versie": whole, "clientId": uuid, "datum": day, "akkoordClient": flag},
    "plan-geevalueerd": {"planId": text, "evaluatieId": text, "clientId": uuid, "datum": day},
    "wijkteam-vastgesteld": {"wijkteamId": text, "versie": whole, "naam": text, "wijken": list_of(wijk)},
    "contract-vastgesteld": {"contractId": text, "versie": whole, "wijkteamId": text, "aanbieder": agb},
    "pluspakket-vastgesteld": {"pluspakketId": text, "versie": whole, "wijk": wijk, "van": day},
}
GEBRUIK: dict[str, dict[str, Check]] = {
    "zorg-gestart": {"aanbieder": agb, "toewijzingNummer": whole, "begindatum": day, "vervallen?": flag},
    "zorg-gestopt": {
        "aanbieder": agb,
        "toewijzingNummer": whole,
        "einddatum": day,
        "reden": text,
        "vervallen?": flag,
    },
    "gebruik-geregistreerd": {
        "aanbieder": agb,
        "referentieNummer": text,
        "toewijzingNummer": whole,
        "productcategorie": categorie,
        "productcode?": text,
        "begindatum": day,
        "einddatum": day,
        "volume": whole,
        "eenheid": text,
        "tariefCent?": whole,
        "bedragCent?": whole,
    },
    "gebruik-ingetrokken": {
        "aanbieder": agb,
        "toewijzingNummer": whole,
        "referentieNummer": text,
        "vorigReferentieNummer": text,
    },
    "capaciteit-gemeld": {"aanbieder": agb, "wijkteamId": text, "maand": month, "versie": whole, "bezet": whole},
}
KNOWN = INTAKE | INDICATIE | GEBRUIK


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
    if not shape({"specversion": one_of("1.0"), "id": text, "source": text, "type": text, "time": moment})(envelope):
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
    """`volume not above zero, days in more than one month, money that is not volume × tarief`."""
    use = event.data
    if event.kind != "gebruik-geregistreerd":
        return False
    if use["volume"] <= 0 or use["einddatum"] < use["begindatum"]:
        return True
    return use["begindatum"][:7] != use["einddatum"][:7] or has_wrong_money(use)


def has_wrong_money(use: dict[str, Any]) -> bool:
    """`only where both are given; eenheid 83 free; 01: volume × tariefCent or volume × tariefCent / 60 rounded half up`."""
    tarief, bedrag = use.get("tariefCent"), use.get("bedragCent")
    if tarief is None or bedrag is None or use["eenheid"] == "83":
        return False
    right = {use["volume"] * tarief}
    if use["eenheid"] == "01":
        right.add((2 * use["volume"] * tarief + 60) // 120)
    return bedrag not in right
