"""What owners and one provider say, a few words each, as lines: beside the plain ones of the unit tests."""

from typing import Any

from tests.unit.wire import ANNA, HOME, LONG_AGO, event, given_to, home, provided, stop, use

__all__ = [
    "ANNA",
    "HOME",
    "capacity",
    "changed",
    "given_to",
    "home",
    "start",
    "stop",
    "use",
    "withdraw",
]


def changed(client: str, nummer: int, op: str, reden: str = "04", **terms: Any) -> str:
    """A later version of a toewijzing, decided at `op`; with reden 13 its removal."""
    toewijzing = {
        "toewijzingNummer": nummer,
        "aanbieder": "65656055",
        "productcategorie": "01",
        "ingangsdatum": "2019-01-01",
        "leveringsvorm": "zin",
        "toegewezenOp": op,
    }
    content = {"clientId": client, "toewijzing": toewijzing | terms, "reden": reden}
    return event("toewijzing-gewijzigd", f"changed {nummer} {op}", content, time=op)


def start(nummer: int, begindatum: str, *, name: str = "start", time: str = LONG_AGO, **more: Any) -> str:
    """Care that began."""
    return provided(
        "zorg-gestart", name, {"toewijzingNummer": nummer, "begindatum": begindatum} | more, time=time
    )


def withdraw(nummer: int, vorig: str, *, name: str = "withdrawal", time: str = LONG_AGO) -> str:
    """A use taken back."""
    content = {"toewijzingNummer": nummer, "referentieNummer": "new", "vorigReferentieNummer": vorig}
    return provided("gebruik-ingetrokken", name, content, time=time)


def capacity(beschikbaar: int, versie: int = 1) -> str:
    """What a provider can take on."""
    content = {
        "wijkteamId": "88888888-0000-4000-8000-000000000000",
        "productcategorie": "01",
        "maand": "2026-01",
        "versie": versie,
        "beschikbaar": beschikbaar,
        "bezet": 1,
        "wachtend": 0,
    }
    return provided("capaciteit-gemeld", f"capacity {beschikbaar}", content, time=LONG_AGO)
