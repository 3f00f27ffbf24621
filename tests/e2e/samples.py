"""Events of an invented couple and its provider: four deliveries of two clients in April 2023."""

from typing import Any

AGB = "65656055"
CLIENTS = ("5f0c1f6e-0000-4000-8000-000000000001", "5f0c1f6e-0000-4000-8000-000000000002")
HOUSEHOLDS = ("aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002")
TOEWIJZINGEN = {CLIENTS[0]: (20072, 200730), CLIENTS[1]: (20074, 20073)}
OWNER = "urn:nld:oin:00000001009999999000:systeem:"


def event(kind: str, id_: str, data: dict[str, Any], source: str, time: str) -> dict[str, Any]:
    """A wire-form event."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": f"nl.wijkzorg.{kind}.v1",
        "time": time,
        "data": data,
    }


def household(number: int, leden: list[str], versie: int = 1, van: str = "2020-01-01") -> dict[str, Any]:
    """A household and who belongs to it."""
    data = {"huishoudenId": HOUSEHOLDS[number], "versie": versie, "perioden": [{"van": van, "leden": leden}]}
    return event(
        "huishouden-vastgesteld", f"h{number}-{versie}", data, OWNER + "intake", "2023-02-20T10:00:00Z"
    )


def toewijzing(nummer: int, **changes: Any) -> dict[str, Any]:
    """A toewijzing of household help from 1 March 2023."""
    return {
        "toewijzingNummer": nummer,
        "aanbieder": AGB,
        "productcategorie": "01",
        "ingangsdatum": "2023-03-01",
        "leveringsvorm": "zin",
        "toegewezenOp": "2023-02-20T10:00:00Z",
    } | changes


def indicatie(client: str, *nummers: int) -> dict[str, Any]:
    """A decision that gives a client toewijzingen."""
    data = {
        "beschikkingNummer": f"B-{nummers[0]}",
        "aanvraagId": "bbbbbbbb-0000-4000-8000-000000000001",
        "clientId": client,
        "besluit": "toegekend",
        "besluitdatum": "2023-02-20",
        "uiterlijk": "2023-03-01",
        "toewijzingen": [toewijzing(nummer) for nummer in nummers],
    }
    return event("indicatie-afgegeven", f"i{nummers[0]}", data, OWNER + "indicatie", "2023-02-20T10:00:00Z")


def facts(huishoudens: int = 1) -> list[dict[str, Any]]:
    """The two clients as one household or as two, each with two toewijzingen."""
    if huishoudens == 1:
        homes = [household(0, list(CLIENTS))]
    else:
        homes = [household(number, [client]) for number, client in enumerate(CLIENTS)]
    return [*homes, *(indicatie(client, *nummers) for client, nummers in TOEWIJZINGEN.items())]


def use(referentie: str, nummer: int, **changes: Any) -> dict[str, Any]:
    """A delivery in April 2023."""
    data = {
        "aanbieder": AGB,
        "referentieNummer": referentie,
        "toewijzingNummer": nummer,
        "productcategorie": "01",
        "begindatum": "2023-04-01",
        "einddatum": "2023-04-30",
        "volume": 4,
        "eenheid": "04",
        "tariefCent": 1250,
        "bedragCent": 5000,
    } | changes
    return event(
        "gebruik-geregistreerd",
        f"u-{referentie}",
        data,
        f"urn:nld:agb:{AGB}:systeem:ecd",
        "2023-05-05T22:00:00Z",
    )


def withdrawal(referentie: str, vorig: str, nummer: int = 20072) -> dict[str, Any]:
    """A delivery taken back."""
    data = {
        "aanbieder": AGB,
        "toewijzingNummer": nummer,
        "referentieNummer": referentie,
        "vorigReferentieNummer": vorig,
    }
    return event(
        "gebruik-ingetrokken",
        f"w-{referentie}",
        data,
        f"urn:nld:agb:{AGB}:systeem:ecd",
        "2023-06-05T22:00:00Z",
    )


def declaration() -> list[dict[str, Any]]:
    """Four deliveries of the two clients."""
    numbers = [nummer for nummers in TOEWIJZINGEN.values() for nummer in nummers]
    return [use(f"RN00{place}", nummer) for place, nummer in enumerate(numbers, start=1)]
