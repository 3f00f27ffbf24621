"""What is asked of intake and indicatie to have a circle live its life: each request, in the order of its days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from shared.kalender import DAY, format_month
from simulation.values import Adres, Case, Change, Circle, City, Decision, Person, Terms, Zorg

Wire = dict[str, Any]
WRONG_EVERY = 40
"""Of so many meldingen one is also asked in a way that must be refused, and one is sent twice."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One request to a service, on a day of the city.

    `needs` is the aanvraag that must have come through first. `known_at` is an address that answers only once this
    was done. `wrong`: it must be refused.
    """

    day: date
    service: str
    path: str
    body: Wire
    needs: UUID | None = None
    known_at: str | None = None
    wrong: bool = False


def of_city(city: City) -> list[Errand]:
    """What is asked before anyone reports a need: the klanthouders."""
    return [
        Errand(date.min, "intake", "/v1/klanthouders", {"klanthouderId": str(id_), "naam": naam})
        for id_, naam in city.klanthouders.items()
    ]


def of_circle(city: City, circle: Circle) -> list[Errand]:
    """What is asked for one circle, in order."""
    registered: set[UUID] = set()
    found: list[Errand] = []
    for case in sorted(circle.cases, key=lambda case: case.datum):
        found += _melding(city, circle, case, registered)
        found += _after(case)
    found += _exemptions(circle)
    found += _lives(circle)
    return sorted(found, key=lambda errand: errand.day)


def _melding(city: City, circle: Circle, case: Case, registered: set[UUID]) -> Iterator[Errand]:
    (who,) = (person for person in circle.people if person.client_id == case.client_id)
    body: Wire = {
        "meldingId": str(case.melding_id),
        "datum": case.datum.isoformat(),
        "kanaal": case.kanaal,
        "spoed": case.spoed,
        "client": {"clientId": str(who.client_id)},
    }
    if case.klanthouder_id and who.client_id not in registered:
        body["klanthouderId"] = str(case.klanthouder_id)
    known_at = None
    if who.client_id not in registered:
        home = next(home for home in circle.homes if who.client_id in home.leden)
        body["client"] = _person(who) | {"huishoudenId": str(home.huishouden_id)}
        known_at = f"/v1/clienten/{who.client_id}"
        for partner in (
            person for person in circle.people if person.client_id in home.leden and person != who
        ):
            body |= {"partner": _person(partner), "partnerVanaf": home.van.isoformat()}
        registered |= set(home.leden)
    yield Errand(case.datum, "intake", "/v1/meldingen", body, known_at=known_at)
    other = body | {"meldingId": _another(case.melding_id)}
    stranger = {"clientId": _another(who.client_id)}
    match case.melding_id.int % WRONG_EVERY:
        case 0:
            yield Errand(case.datum, "intake", "/v1/meldingen", body, known_at=known_at)
        case 1:
            elsewhere = _person(who) | stranger | {"adres": {"postcode": city.elsewhere, "huisnummer": 1}}
            yield _refused("/v1/meldingen", case, other | {"client": elsewhere})
        case 2:
            yield _refused("/v1/meldingen", case, other | {"datum": f"{case.datum:%Y}-02-30"})
        case 3:
            asked = {"gevraagd": ["01"], "meldingId": body["meldingId"], "datum": body["datum"]}
            yield _refused("/v1/aanvragen", case, stranger | asked)


def _another(id_: UUID) -> str:
    return str(UUID(int=id_.int ^ 1))


def _refused(path: str, case: Case, body: Wire) -> Errand:
    return Errand(case.datum, "intake", path, body, wrong=True)


def _person(who: Person) -> Wire:
    return {
        "clientId": str(who.client_id),
        "voornamen": who.voornamen,
        "achternaam": who.achternaam,
        "geboortedatum": who.born.isoformat(),
        "woontVanaf": who.lives_from.isoformat(),
        **_adres(who.adres),
    }


def _adres(adres: Adres) -> Wire:
    return {
        "adres": {"postcode": adres.postcode, "huisnummer": adres.huisnummer},
        "wijk": {"jaar": adres.wijk.jaar, "code": adres.wijk.code},
    }


def _after(case: Case) -> Iterator[Errand]:
    """The onderzoek, the besluit and what follows."""
    if case.onderzoek is None:
        return
    behoeften = [
        {"oplossing": rung} | ({"productcategorie": categorie} if categorie else {})
        for rung, categorie in case.needs
    ]
    body: Wire = {
        "meldingId": str(case.melding_id),
        "datum": case.onderzoek.isoformat(),
        "behoeften": behoeften,
    }
    if case.aanvraag_id:
        body["aanvraagId"] = str(case.aanvraag_id)
    yield Errand(case.onderzoek, "intake", "/v1/onderzoeken", body)
    if case.decision and case.aanvraag_id:
        yield from _decided(case, case.decision, case.aanvraag_id)


def _decided(case: Case, decision: Decision, aanvraag_id: UUID) -> Iterator[Errand]:
    body = {
        "beschikkingNummer": decision.beschikking,
        "aanvraagId": str(aanvraag_id),
        "besluit": decision.besluit,
        "besluitdatum": decision.datum.isoformat(),
        "toewijzingen": [{"toewijzingNummer": z.nummer} | terms_of(z.given) for z in decision.zorg],
    }
    yield Errand(decision.datum, "indicatie", "/v1/indicaties", body, needs=aanvraag_id)
    if decision.akkoord is not None or not decision.zorg:
        actions = [{"soort": rung} for rung, _ in case.needs]
        plan = {
            "planId": str(decision.plan_id),
            "aanvraagId": str(aanvraag_id),
            "datum": decision.datum.isoformat(),
            "doelen": [{"omschrijving": "Een verzonnen doel.", "acties": actions}],
            "akkoordClient": bool(decision.akkoord),
        }
        yield Errand(decision.datum, "indicatie", "/v1/plannen", plan, wrong=not decision.zorg)
    if decision.evaluated:
        evaluation = {
            "evaluatieId": _another(decision.plan_id),
            "planId": str(decision.plan_id),
            "datum": decision.evaluated.isoformat(),
            "behaald": {("ja", "deels", "nee")[decision.plan_id.int % 3]: 1},
        }
        yield Errand(decision.evaluated, "indicatie", "/v1/evaluaties", evaluation)
    for zorg in decision.zorg:
        yield from _changes(decision, zorg)


def terms_of(terms: Terms) -> Wire:
    """What a toewijzing says of what is given, without its number."""
    said = {
        "aanbieder": terms.aanbieder,
        "productcategorie": terms.categorie,
        "productcode": terms.productcode,
        "ingangsdatum": terms.ingangsdatum.isoformat(),
        "einddatum": terms.einddatum.isoformat() if terms.einddatum else None,
        "leveringsvorm": terms.leveringsvorm,
        "kostprijsCent": terms.kostprijs_cent,
    }
    return {name: value for name, value in said.items() if value is not None}


def _changes(decision: Decision, zorg: Zorg) -> Iterator[Errand]:
    """A change names what becomes other, and null what is no more; never before the besluit itself."""
    before = terms_of(zorg.given)
    for change in zorg.changes:
        after = terms_of(change.terms)
        other = {name: after.get(name) for name in before | after if before.get(name) != after.get(name)}
        yield _change(decision, zorg, change, other)
        before = after


def _change(decision: Decision, zorg: Zorg, change: Change, other: Wire) -> Errand:
    day = max(change.datum, decision.datum)
    body = {"toewijzingNummer": zorg.nummer, "datum": day.isoformat(), "reden": change.reden} | other
    return Errand(day, "indicatie", "/v1/wijzigingen", body)


def _exemptions(circle: Circle) -> Iterator[Errand]:
    """A vrijstelling is given on the day on which the first of the circle is registered."""
    for one in circle.exemptions:
        body: Wire = {
            "vrijstellingId": str(one.vrijstelling_id),
            "geldtVoor": "huishouden" if one.for_all else "client",
            "teltVoorKostprijs": one.pays_off,
            "vanMaand": format_month(one.van),
            "reden": "Een verzonnen reden.",
        }
        if one.tot is not None:
            body["totMaand"] = format_month(one.tot)
        if one.huishouden_id:
            body["huishoudenId"] = str(one.huishouden_id)
        else:
            body["clientId"] = str(one.client_id)
        day = min(case.datum for case in circle.cases if case.client_id == circle.people[0].client_id)
        yield Errand(day, "intake", "/v1/vrijstellingen", body)
        if one.withdrawn:
            withdrawal = {"vrijstellingId": body["vrijstellingId"]}
            yield Errand(day, "intake", "/v1/intrekkingen", withdrawal)


def _lives(circle: Circle) -> Iterator[Errand]:
    """Moves, new huishoudens, ends, and registrations that turn out to be double."""
    for move in circle.moves:
        body = {"verhuizingId": str(move.verhuizing_id), "clientId": str(move.client_id)}
        body["vanaf"] = move.vanaf.isoformat()
        yield Errand(move.vanaf, "intake", "/v1/verhuizingen", body | _adres(move.adres))
    known = {circle.homes[0].huishouden_id}
    for home in circle.homes[1:]:
        if home.huishouden_id not in known and home.van > max(who.lives_from for who in circle.people):
            leden = [str(client_id) for client_id in home.leden]
            formed = {"huishoudenId": str(home.huishouden_id), "leden": leden, "vanaf": home.van.isoformat()}
            yield Errand(home.van, "intake", "/v1/huishoudens", formed)
    for who in circle.people:
        if who.last_day:
            end = {"clientId": str(who.client_id), "reden": who.leaves_by}
            end["per"] = (who.last_day + DAY).isoformat()
            yield Errand(who.last_day, "intake", "/v1/uitschrijvingen", end)
        if who.same_as and who.found_out:
            same = {"clientId": str(who.client_id), "opgegaanIn": str(who.same_as)}
            yield Errand(who.found_out, "intake", "/v1/samenvoegingen", same)
