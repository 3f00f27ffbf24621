"""The figures of every wijk that a played city must lead to, counted from the plan alone; and those that reporting gives."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from shared.gemeente import WijkId
from shared.kalender import Month, first_day, format_month, month_of, parse_month
from simulation.values import Circle, City, Home, Person

PLAIN = ("meldingen", "clienten", "gebruik", "bijdragen", "bijdragenCent")
Owed = Mapping[tuple[str, str], int]


class Cell(NamedTuple):
    """One figure of a wijk (None: of nobody who had one then) in a month."""

    wijk: WijkId | None
    maand: str
    wat: str


Figures = Counter[Cell]


def known(city: City, owed: Owed) -> Figures:
    """What each wijk must come to, where households owe `owed`; what comes to nothing is not in it."""
    found: Figures = Counter()
    for circle in city.circles:
        found.update(_of_circle(circle, owed))
    return found


def answered(wijken: Mapping[str, Any]) -> Figures:
    """The same as reporting answers it on /v1/wijken."""
    return Figures(
        {
            Cell(WijkId(row["jaar"], row["code"]) if row["code"] else None, month["maand"], wat): number
            for row in wijken["wijken"]
            for month in row["maanden"]
            for wat, number in ({name: month[name] for name in PLAIN} | month["oplossingen"]).items()
            if number
        }
    )


def _of_circle(circle: Circle, owed: Owed) -> Figures:
    found: Figures = Counter()
    clients: set[tuple[WijkId | None, Month, UUID]] = set()
    for case in circle.cases:
        wijk, month = _wijk(circle, case.client_id, case.datum), month_of(case.datum)
        found[Cell(wijk, format_month(month), "meldingen")] += 1
        found.update(Cell(wijk, format_month(month), rung) for rung, _ in case.needs)
        clients.add((wijk, month, circle.person(case.client_id).client_id))
    for zorg in circle.zorg:
        for use in () if zorg.removed else zorg.uses:
            month = month_of(use.begin)
            wijk = _wijk(circle, zorg.client_id, first_day(month))
            found[Cell(wijk, format_month(month), "gebruik")] += 1
            clients.add((wijk, month, circle.person(zorg.client_id).client_id))
    found.update(Cell(wijk, format_month(month), "clienten") for wijk, month, _ in clients)
    for huishouden, maand in owed.keys() & _households(circle, owed):
        wijk = _of_household(circle, huishouden, first_day(parse_month(maand)))
        found[Cell(wijk, maand, "bijdragen")] += 1
        found[Cell(wijk, maand, "bijdragenCent")] += owed[huishouden, maand]
    return found


def _households(circle: Circle, owed: Owed) -> Iterator[tuple[str, str]]:
    own = {str(home.huishouden_id) for home in circle.homes}
    return (pair for pair in owed if pair[0] in own)


def _of_household(circle: Circle, huishouden: str, day: date) -> WijkId | None:
    """The wijk of the lowest client of a household who has one that day."""
    everyone = {circle.person(who.client_id).client_id for who in circle.people}
    leden = {who: _home(circle, who, day) for who in everyone}
    found = (
        _wijk(circle, who, day)
        for who, home in sorted(leden.items())
        if home is not None and str(home.huishouden_id) == huishouden
    )
    return next((wijk for wijk in found if wijk is not None), None)


def _home(circle: Circle, who: UUID, day: date) -> Home | None:
    """Where someone belongs that day: of several homes, the one since latest."""
    homes = [
        home
        for home in circle.homes
        if home.on(day) and who in {circle.person(lid).client_id for lid in home.leden}
    ]
    return max(homes, key=lambda home: home.van, default=None)


def _wijk(circle: Circle, client_id: UUID, day: date) -> WijkId | None:
    """Where someone lives that day, whichever of his registrations is meant."""
    who: Person = circle.person(client_id)
    if day < who.lives_from or (who.last_day and who.last_day < day):
        return None
    moved = [move for move in circle.moves if move.client_id == who.client_id and move.vanaf <= day]
    return max(moved, key=lambda move: move.vanaf).adres.wijk if moved else who.adres.wijk
