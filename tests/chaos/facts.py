"""What intake and indicatie must have told of a played city: every fact, and what it must say, by what was asked of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from simulation import errands
from simulation.values import City

Wire = dict[str, Any]
Facts = dict[str, Wire]
"""By key (of a change of a toewijzing its number, and which change it is) what the last event of it says."""
CHANGE = f"{TYPE_PREFIX}toewijzing-gewijzigd"


def known(city: City) -> Facts:
    """Every fact that follows from what is asked; not those that intake works out itself (derived vrijstellingen)."""
    found: Facts = {}
    changes: Counter[str] = Counter()
    for errand in (one for circle in city.circles for one in errands.of_circle(city, circle)):
        for name, key, says in () if errand.wrong else OF[errand.path](errand.body):
            kept = f"{TYPE_PREFIX}{name}/{key}"
            if kept.startswith(f"{CHANGE}/"):
                changes[kept] += 1
                kept += f"/{changes[kept]}"
            found[kept] = found.get(kept, {}) | says
    return found


Fact = tuple[str, str, Wire]
"""The name of an event, its natural key, and what it must say."""


def _of_melding(body: Wire) -> Iterator[Fact]:
    client_id = {"clientId": body["client"]["clientId"]}
    yield "melding-ontvangen", body["meldingId"], _some(body, "datum", "kanaal", "spoed") | client_id
    since = (
        {"vanaf": body["datum"], "klanthouderId": body["klanthouderId"]} if "klanthouderId" in body else {}
    )
    yield "klanthouder-toegewezen", body["client"]["clientId"], client_id | since
    new = [who for who in (body["client"], body.get("partner", {})) if "achternaam" in who]
    for who in new:
        yield "client-vastgesteld", who["clientId"], _some(who, "clientId")
        if "huishoudenId" in who:
            yield "huishouden-vastgesteld", who["huishoudenId"], {}


def _of_onderzoek(body: Wire) -> Iterator[Fact]:
    rungs = Counter(need["oplossing"] for need in body["behoeften"])
    yield "onderzoek-afgerond", body["meldingId"], _some(body, "datum") | {"oplossingen": dict(rungs)}
    if "aanvraagId" in body:
        yield "aanvraag-ingediend", body["aanvraagId"], _some(body, "meldingId", "datum")


def _some(body: Wire, *names: str) -> Wire:
    return {name: body[name] for name in names if name in body}


def _of_change(body: Wire) -> Iterator[Fact]:
    terms = {name: value for name, value in body.items() if name not in ("datum", "reden")}
    says = {"reden": body["reden"], "toewijzing": terms}
    yield "toewijzing-gewijzigd", str(body["toewijzingNummer"]), says


def _of_plan(body: Wire) -> Iterator[Fact]:
    actions = Counter(action["soort"] for doel in body["doelen"] for action in doel["acties"])
    counts = {"doelen": len(body["doelen"]), "acties": dict(actions)}
    yield "plan-vastgesteld", body["planId"], _some(body, "datum", "akkoordClient") | counts


def _of_vrijstelling(body: Wire) -> Iterator[Fact]:
    says = {name: value for name, value in body.items() if name != "reden"}
    yield "vrijstelling-vastgesteld", body["vrijstellingId"], says | {"vervallen": False}


OF: Mapping[str, Callable[[Wire], Iterable[Fact]]] = {
    "/v1/meldingen": _of_melding,
    "/v1/onderzoeken": _of_onderzoek,
    "/v1/indicaties": lambda body: [("indicatie-afgegeven", body["beschikkingNummer"], body)],
    "/v1/wijzigingen": _of_change,
    "/v1/plannen": _of_plan,
    "/v1/evaluaties": lambda body: [("plan-geevalueerd", body["evaluatieId"], body)],
    "/v1/vrijstellingen": _of_vrijstelling,
    "/v1/intrekkingen": lambda body: [
        ("vrijstelling-vastgesteld", body["vrijstellingId"], {"vervallen": True})
    ],
    "/v1/huishoudens": lambda body: [("huishouden-vastgesteld", body["huishoudenId"], {})],
    "/v1/verhuizingen": lambda body: [("client-vastgesteld", body["clientId"], {})],
    "/v1/uitschrijvingen": lambda body: [
        ("client-vastgesteld", body["clientId"], {"uitgeschrevenPer": body["per"]})
    ],
    "/v1/samenvoegingen": lambda body: [("client-vastgesteld", body["clientId"], _some(body, "opgegaanIn"))],
}
"""By address what a request makes one of the two tell."""
