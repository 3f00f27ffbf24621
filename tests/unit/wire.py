"""Events as they come over the wire, a few words each: one provider, one household, the plainest of everything else."""

import json
from typing import Any

Wire = dict[str, Any]

AGB = "65656055"
ANNA, BERT = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "ab")
HOME, OTHER_HOME = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "12")
LONG_AGO = "2019-01-01T12:00:00Z"


def event(kind: str, name: str, content: Wire, *, time: str = LONG_AGO, source: str = "urn:nld:oin:x") -> str:
    """A CloudEvent on one line."""
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": f"nl.wijkzorg.{kind}.v1"}
    return json.dumps(envelope | {"time": time, "data": content})


def provided(kind: str, name: str, content: Wire, *, time: str, agb: str = AGB) -> str:
    """A CloudEvent of a provider."""
    source = f"urn:nld:agb:{agb}:systeem:ecd"
    return event(kind, name, {"aanbieder": agb} | content, time=time, source=source)


def home(
    *leden: str, huishouden: str = HOME, van: str = "2019-01-01", tot: str | None = None, versie: int = 1
) -> str:
    """Who form a household from `van` on, up to and including `tot`."""
    perioden = [{"van": van, "leden": leden} | ({"tot": tot} if tot else {})]
    content = {"huishoudenId": huishouden, "versie": versie, "perioden": perioden}
    return event("huishouden-vastgesteld", f"home {huishouden}", content)


def exempt(huishouden: str, van_maand: str, tot_maand: str) -> str:
    """A household exempt for some months, which count for the kostprijs."""
    content = {
        "vrijstellingId": "eeeeeeee-0000-4000-8000-000000000000",
        "versie": 1,
        "huishoudenId": huishouden,
        "geldtVoor": "huishouden",
        "teltVoorKostprijs": True,
        "vanMaand": van_maand,
        "totMaand": tot_maand,
        "vervallen": False,
    }
    return event("vrijstelling-vastgesteld", "exempt", content)


def given_to(client: str, nummer: int, categorie: str = "01", **terms: Any) -> str:
    """A decision that gives one toewijzing."""
    toewijzing = {
        "toewijzingNummer": nummer,
        "aanbieder": AGB,
        "productcategorie": categorie,
        "ingangsdatum": "2019-01-01",
        "leveringsvorm": "zin",
        "toegewezenOp": LONG_AGO,
    }
    content = {
        "beschikkingNummer": f"B{nummer}",
        "aanvraagId": "77777777-0000-4000-8000-000000000000",
        "clientId": client,
        "besluit": "toegekend",
        "besluitdatum": "2019-01-01",
        "uiterlijk": "2019-01-01",
        "toewijzingen": [toewijzing | terms],
    }
    return event("indicatie-afgegeven", f"given {nummer}", content)


def use(nummer: int, begin: str, eind: str, categorie: str = "01", *, time: str = "", **more: Any) -> str:
    """Care delivered, recorded on its last day."""
    content = {
        "referentieNummer": f"{nummer}/{begin}",
        "toewijzingNummer": nummer,
        "productcategorie": categorie,
        "begindatum": begin,
        "einddatum": eind,
        "volume": 4,
        "eenheid": "04",
    }
    name = f"use {nummer}/{begin}"
    return provided("gebruik-geregistreerd", name, content | more, time=time or f"{eind}T12:00:00Z")


def stop(nummer: int, einddatum: str, *, name: str = "stop", time: str = "") -> str:
    """Care that ended."""
    content = {"toewijzingNummer": nummer, "einddatum": einddatum, "reden": "19"}
    return provided("zorg-gestopt", name, content, time=time or f"{einddatum}T12:00:00Z")
