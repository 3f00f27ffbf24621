"""The contracts as shapes: which fields an event of each type must and may have."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

Check = Callable[[Any], bool]


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
    "plan-vastgesteld": {
        "planId": text,
        "versie": whole,
        "clientId": uuid,
        "datum": day,
        "akkoordClient": flag,
    },
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
    "capaciteit-gemeld": {
        "aanbieder": agb,
        "wijkteamId": text,
        "maand": month,
        "versie": whole,
        "bezet": whole,
    },
}
KNOWN = INTAKE | INDICATIE | GEBRUIK
