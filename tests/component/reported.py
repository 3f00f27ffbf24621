"""Events that reporting reads, a few words each; and any set of them, in a small world where everything meets."""

import json
import random
from typing import Any

from hypothesis import strategies as st

from tests.oracle.world import Choices, Drawn, Seeded
from tests.unit.wire import event

Wire = dict[str, Any]
CLIENTEN = [f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcde"]
HUISHOUDENS = [f"{digit * 8}-0000-4000-8000-000000000000" for digit in "1234"]
ANNA, BERT = CLIENTEN[:2]
HOME, OTHER_HOME = HUISHOUDENS[:2]
AGBS = ("65656055", "12345678")
CENTRUM, MEERZICHT = "WK063700", "WK063701"
WIJKEN = ((2024, CENTRUM), (2024, MEERZICHT), (2023, "WK063707"), (2025, CENTRUM))
DAYS = (
    "2026-01-01",
    "2026-01-15",
    "2026-01-31",
    "2026-02-01",
    "2026-02-28",
    "2026-03-01",
    "2026-03-02",
    "2026-04-30",
)
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
RUNGS = ("netwerk", "maatwerk", "eigen_kracht")
_numbers = iter(range(1, 10**9))


def told(
    kind: str, content: Wire, *, time: str = "2026-01-01T12:00:00Z", name: str = "", source: str = "x"
) -> Wire:
    """Any event, under an id of its own unless one is given."""
    made = event(kind, name or f"event {next(_numbers)}", content, time=time, source=f"urn:nld:oin:{source}")
    return dict(json.loads(made))


def lives(client: str, code: str = CENTRUM, *, van: str = "2025-01-01", versie: int = 1, **more: Any) -> Wire:
    """A client in one wijk from a day on."""
    periode = {"van": van, "wijk": {"jaar": 2024, "code": code}, "leeftijdsgroep": "65-74"}
    return told("client-vastgesteld", {"clientId": client, "versie": versie, "perioden": [periode]} | more)


def home(*leden: str, huishouden: str = HOME, van: str = "2025-01-01", versie: int = 1) -> Wire:
    """Who form a huishouden from a day on."""
    perioden = [{"van": van, "leden": leden}]
    return told(
        "huishouden-vastgesteld", {"huishoudenId": huishouden, "versie": versie, "perioden": perioden}
    )


def melding(client: str, datum: str = "2026-01-15", *, melding_id: str = "M1") -> Wire:
    """A melding of a client."""
    content = {
        "meldingId": melding_id,
        "clientId": client,
        "datum": datum,
        "kanaal": "balie",
        "domein": "wmo",
        "spoed": False,
    }
    return told("melding-ontvangen", content)


def onderzoek(client: str, melding_id: str = "M1", **oplossingen: int) -> Wire:
    """What the onderzoek after a melding found."""
    content = {
        "meldingId": melding_id,
        "clientId": client,
        "datum": "2026-02-01",
        "uiterlijk": "2026-02-26",
        "oplossingen": oplossingen,
    }
    return told("onderzoek-afgerond", content)


def given(client: str, nummer: int, *, op: str = "2026-01-01T00:00:00Z") -> Wire:
    """A decision that gives one toewijzing."""
    content = {
        "beschikkingNummer": f"B{nummer}",
        "aanvraagId": "A1",
        "clientId": client,
        "besluit": "toegekend",
        "besluitdatum": "2026-01-01",
        "uiterlijk": "2026-01-01",
        "toewijzingen": [_toewijzing(nummer, op)],
    }
    return told("indicatie-afgegeven", content)


def changed(client: str, nummer: int, *, op: str, reden: str = "04") -> Wire:
    """A later saying of a toewijzing."""
    return told(
        "toewijzing-gewijzigd", {"clientId": client, "toewijzing": _toewijzing(nummer, op), "reden": reden}
    )


def _toewijzing(nummer: int, op: str) -> Wire:
    return {
        "toewijzingNummer": nummer,
        "aanbieder": AGBS[0],
        "productcategorie": "01",
        "ingangsdatum": "2026-01-01",
        "leveringsvorm": "zin",
        "toegewezenOp": op,
    }


def plan(plan_id: str = "99999999-0000-4000-8000-000000000000", versie: int = 1) -> Wire:
    """A support plan."""
    content = {
        "planId": plan_id,
        "versie": versie,
        "clientId": ANNA,
        "datum": "2026-02-01",
        "akkoordClient": True,
        "doelen": 1,
        "acties": {"netwerk": 1},
    }
    return told("plan-vastgesteld", content)


def judged(*oordelen: Wire, agb: str = AGBS[0]) -> Wire:
    """Verdicts on records of a provider."""
    tot = max(line["plaats"] for line in oordelen) + 1
    return told("gebruik-beoordeeld", {"aanbieder": agb, "tot": tot, "oordelen": list(oordelen)})


def accepted(
    plaats: int, nummer: int, maand: str = "2026-01", *, versie: int = 1, referentie: str = ""
) -> Wire:
    """The verdict on a use that is accepted."""
    return {
        "plaats": plaats,
        "versie": versie,
        "type": "nl.wijkzorg.gebruik-geregistreerd.v1",
        "oordeel": "geaccepteerd",
        "referentieNummer": referentie or f"R{plaats}",
        "toewijzingNummer": nummer,
        "productcategorie": "01",
        "maand": maand,
        "volume": 4,
        "eenheid": "04",
    }


def taken_back(plaats: int, vorig: str, *, versie: int = 1) -> Wire:
    """The verdict on a withdrawal that is accepted."""
    return {
        "plaats": plaats,
        "versie": versie,
        "type": "nl.wijkzorg.gebruik-ingetrokken.v1",
        "oordeel": "geaccepteerd",
        "referentieNummer": f"W{plaats}",
        "vorigReferentieNummer": vorig,
    }


def refused(plaats: int, *, versie: int = 1, oordeel: str = "afgewezen") -> Wire:
    """A verdict that counts for nothing."""
    return {
        "plaats": plaats,
        "versie": versie,
        "oordeel": oordeel,
        "referentieNummer": f"R{plaats}",
        "code": "buiten-toewijzing",
    }


def owes(huishouden: str, maand: str, cent: int, versie: int = 1, **mark: str) -> Wire:
    """A line of the ledger, after which a huishouden owes so much for a month."""
    content = {
        "huishoudenId": huishouden,
        "maand": maand,
        "versie": versie,
        "bijdrageId": HOME,
        "bedragCent": cent,
        "totaalCent": cent,
        "regel": 7,
        "wet": "Wmo 2015 art. 2.1.4a",
        "aanleiding": [],
    }
    if versie > 1:
        content["verschilCent"] = content.pop("bedragCent")
    return told("bijdrage-vastgesteld" if versie == 1 else "bijdrage-gecorrigeerd", content, **mark)


@st.composite
def event_lists(draw: st.DrawFn) -> list[Wire]:
    """Any events about few clients, wijken, months and numbers, so that all meet; some of them twice."""
    choices = Drawn(draw)
    events = [_any_event(choices) for _ in range(choices.number(5, 45))]
    return events + [choices.pick(events) for _ in range(choices.number(0, 5))]


def random_events(chance: random.Random, number: int) -> list[Wire]:
    """So many of the same, by a seed."""
    return [_any_event(Seeded(chance)) for _ in range(number)]


def _any_event(choices: Choices) -> Wire:
    kinds = (
        _a_client,
        _a_client,
        _a_home,
        _a_home,
        _a_melding,
        _an_onderzoek,
        _a_decision,
        _verdicts,
        _verdicts,
        _verdicts,
        _a_line,
    )
    made = choices.pick(kinds)(choices)
    if choices.chance(30):
        made["time"] = choices.pick(
            ("2026-01-01T12:00:00+01:00", "2026-01-02T12:00:00Z", "2025-12-31T12:00:00Z")
        )
        made["id"] = choices.pick(("a", "B", "é"))
    return made


def _period(choices: Choices) -> Wire:
    van = choices.pick(("2025-01-01", *DAYS))
    return {"van": van} | ({"tot": choices.pick(DAYS)} if choices.chance(40) else {})


def _a_client(choices: Choices) -> Wire:
    perioden = [
        _period(choices)
        | {"wijk": dict(zip(("jaar", "code"), choices.pick(WIJKEN), strict=True)), "leeftijdsgroep": "85+"}
        for _ in range(choices.number(0, 3))
    ]
    content: Wire = {"clientId": choices.pick(CLIENTEN), "versie": choices.number(1, 3), "perioden": perioden}
    if choices.chance(25):
        content["opgegaanIn"] = choices.pick(CLIENTEN)
    return told("client-vastgesteld", content)


def _a_home(choices: Choices) -> Wire:
    perioden = [
        _period(choices) | {"leden": [choices.pick(CLIENTEN) for _ in range(choices.number(0, 2))]}
        for _ in range(choices.number(0, 3))
    ]
    content = {
        "huishoudenId": choices.pick(HUISHOUDENS),
        "versie": choices.number(1, 3),
        "perioden": perioden,
    }
    return told("huishouden-vastgesteld", content)


def _a_melding(choices: Choices) -> Wire:
    return melding(choices.pick(CLIENTEN), choices.pick(DAYS), melding_id=choices.pick(("M1", "M2", "M.3")))


def _an_onderzoek(choices: Choices) -> Wire:
    found = {rung: choices.number(0, 3) for rung in RUNGS if choices.chance(60)}
    return onderzoek(choices.pick(CLIENTEN), choices.pick(("M1", "M2", "M.3")), **found)


def _a_decision(choices: Choices) -> Wire:
    op = choices.pick(("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-02-01T00:00:00Z"))
    client, nummer = choices.pick(CLIENTEN), choices.number(1, 4)
    if choices.chance(40):
        return changed(client, nummer, op=op, reden=choices.pick(("04", "13")))
    return given(client, nummer, op=op)


def _verdicts(choices: Choices) -> Wire:
    return judged(*(_verdict(choices) for _ in range(choices.number(1, 4))), agb=choices.pick(AGBS))


def _verdict(choices: Choices) -> Wire:
    plaats, versie = choices.number(0, 5), choices.number(1, 3)
    referentie = choices.pick(("R1", "R2", "r3"))
    if choices.chance(25):
        return refused(plaats, versie=versie, oordeel=choices.pick(("afgewezen", "dubbel", "in_afwachting")))
    if choices.chance(25):
        return taken_back(plaats, referentie, versie=versie)
    return accepted(plaats, choices.number(1, 5), choices.pick(MONTHS), versie=versie, referentie=referentie)


def _a_line(choices: Choices) -> Wire:
    cent = choices.pick((1900, 0, 2060))
    return owes(choices.pick(HUISHOUDENS), choices.pick(MONTHS), cent, choices.number(1, 3))
