"""A played city as the events that its services would publish: intake's and indicatie's own, and the providers'."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.event import format_moment
from shared.kalender import DAY, Month, first_day, format_month, midnight, month_of
from simulation.errands import terms_of
from simulation.messages import records
from simulation.truth import ADULT_YEARS, AOW_YEARS, birthday
from simulation.values import Circle, City, Exemption, Home, Terms, Zorg

Wire = dict[str, Any]


def lines(city: City, at: datetime | None = None) -> list[bytes]:
    """All events of a city that is played at a moment, one a line; what is no event at all is left out."""
    told = [record.value for found in records(city).values() for record in found]
    return [*owners(city, at), *(value for value in told if value is not None)]


def owners(city: City, at: datetime | None = None) -> list[bytes]:
    """The events of intake and indicatie, told at a moment: that of the city's clock unless another is given."""
    time = format_moment(at or city.clock)
    return [
        json.dumps(
            {
                "specversion": "1.0",
                "id": f"{kind}/{number}",
                "source": "urn:nld:oin:00000001009999999000:systeem:test",
                "type": f"nl.wijkzorg.{kind}.v1",
                "time": time,
                "data": data,
            }
        ).encode()
        for number, (kind, data) in enumerate(_of_circles(city.circles))
    ]


def _of_circles(circles: Iterable[Circle]) -> Iterator[tuple[str, Wire]]:
    for circle in circles:
        for person in circle.people:
            gone = (person.last_day + DAY).isoformat() if person.last_day else None
            into = str(person.same_as) if person.same_as else None
            data = {"clientId": str(person.client_id), "versie": 1, "perioden": []}
            yield "client-vastgesteld", data | {"uitgeschrevenPer": gone, "opgegaanIn": into}
        homes: dict[UUID, list[Home]] = defaultdict(list)
        for home in circle.homes:
            homes[home.huishouden_id].append(home)
        for huishouden_id, periods in homes.items():
            perioden = [
                {
                    "van": home.van.isoformat(),
                    "tot": home.tot.isoformat() if home.tot else None,
                    "leden": list(map(str, home.leden)),
                }
                for home in periods
            ]
            data = {"huishoudenId": str(huishouden_id), "versie": 1, "perioden": perioden}
            yield "huishouden-vastgesteld", data
        yield from (("vrijstelling-vastgesteld", given(one)) for one in circle.exemptions)
        yield from (("vrijstelling-vastgesteld", data) for data in by_law(circle))
        for case in circle.cases:
            if case.decision:
                yield from _decided(case.decision.zorg, case.decision.datum)


def given(one: Exemption) -> Wire:
    """A vrijstelling that the gemeente gave."""
    subject = (
        {"huishoudenId": str(one.huishouden_id)} if one.huishouden_id else {"clientId": str(one.client_id)}
    )
    return subject | {
        "vrijstellingId": str(one.vrijstelling_id),
        "versie": 1,
        "geldtVoor": "huishouden" if one.for_all else "client",
        "teltVoorKostprijs": one.pays_off,
        "vanMaand": format_month(one.van),
        "totMaand": None if one.tot is None else format_month(one.tot),
        "vervallen": one.withdrawn,
    }


def by_law(circle: Circle) -> Iterator[Wire]:
    """What intake derives: of minors, and of couples of whom one is under AOW age, by the first of each month."""
    for number, person in enumerate(circle.people):
        adult = birthday(person.born, ADULT_YEARS)
        yield _law(circle, number, {"clientId": str(person.client_id)}, person.lives_from, adult)
    born = {person.client_id: person.born for person in circle.people}
    for number, home in enumerate(circle.homes, start=100):
        if len(home.leden) > 1:
            old = max(birthday(born[client_id], AOW_YEARS) for client_id in home.leden)
            until = min(old, (home.tot or date.max - DAY) + DAY)
            yield _law(circle, number, {"huishoudenId": str(home.huishouden_id)}, home.van, until)


def _law(circle: Circle, number: int, subject: Wire, van: date, until: date) -> Wire:
    """Exempt in every month whose first day lies from `van` up to (not in) `until`; a last before the first is none."""
    first = month_of(van) if van.day == 1 else Month(month_of(van) + 1)
    last = Month(month_of(until - DAY)) if until > first_day(first) else Month(first - 1)
    return subject | {
        "vrijstellingId": str(UUID(int=circle.people[0].client_id.int ^ number)),
        "versie": 1,
        "geldtVoor": "client" if "clientId" in subject else "huishouden",
        "teltVoorKostprijs": False,
        "vanMaand": format_month(first),
        "totMaand": format_month(last) if last < month_of(date(2190, 1, 1)) else None,
        "vervallen": False,
    }


def _decided(zorg: Iterable[Zorg], datum: date) -> Iterator[tuple[str, Wire]]:
    for one in zorg:
        op = midnight(datum)
        client = {"clientId": str(one.client_id)}
        yield (
            "indicatie-afgegeven",
            client
            | {
                "beschikkingNummer": f"B{one.nummer}",
                "aanvraagId": f"A{one.nummer}",
                "besluit": "toegekend",
                "besluitdatum": datum.isoformat(),
                "uiterlijk": datum.isoformat(),
                "toewijzingen": [_toewijzing(one, one.given, op)],
            },
        )
        for change in one.changes:
            op = max(op + timedelta(milliseconds=1), midnight(change.datum))
            changed = _toewijzing(one, change.terms, op)
            yield "toewijzing-gewijzigd", client | {"toewijzing": changed, "reden": change.reden}


def _toewijzing(one: Zorg, terms: Terms, op: datetime) -> Wire:
    return terms_of(terms) | {"toewijzingNummer": one.nummer, "toegewezenOp": format_moment(op)}
