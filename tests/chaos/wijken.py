"""The figures of every wijk that a played city must lead to, counted from the plan alone; and those that reporting gives."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

from shared.gemeente import WijkId
from shared.kalender import Month, first_day, format_month, month_of, parse_month
from simulation.values import Circle, City, Home, Person

PLAIN = ("meldingen", "clienten", "gebruik", "bijdragen", "bijdragenCent")
CITY, NOWHERE, EVER = "the city", "no wijk", "all months"
Owed = Mapping[tuple[str, str], int]


class Cell(NamedTuple):
    """One figure of a wijk (of nobody who had one then, or of the whole city) in a month, or in all of them."""

    where: str
    maand: str
    wat: str


Figures = Counter[Cell]


def known(city: City, owed: Owed) -> Figures:
    """What each wijk and the city must come to, where households owe `owed`; what comes to nothing is not in it."""
    found: Figures = Counter()
    for circle in city.circles:
        found.update(_of_circle(circle, owed))
    return found


def answered(wijken: Mapping[str, Any]) -> Iterator[tuple[Cell, int]]:
    """The same as reporting answers it on /v1/wijken, each figure that it gives, the nothings too."""
    rows = [
        (_name(WijkId(row["jaar"], row["code"]) if row["code"] else None), row) for row in wijken["wijken"]
    ]
    for where, row in [*rows, (CITY, wijken["totaal"])]:
        for maand, one in [(EVER, row), *((month["maand"], month) for month in row["maanden"])]:
            figures = {name: one[name] for name in PLAIN} | one["oplossingen"]
            yield from ((Cell(where, maand, wat), number) for wat, number in figures.items())


def _name(wijk: WijkId | None) -> str:
    return f"{wijk.code} of {wijk.jaar}" if wijk else NOWHERE


def _spread(wijk: WijkId | None, month: Month) -> Iterator[tuple[str, str]]:
    """Where else counts what counts for a wijk in a month."""
    return product((_name(wijk), CITY), (format_month(month), EVER))


def _of_circle(circle: Circle, owed: Owed) -> Figures:
    found: Figures = Counter()
    clients: set[tuple[str, str, UUID]] = set()

    def count(wijk: WijkId | None, month: Month, wat: str, number: int = 1) -> None:
        found.update({Cell(*place, wat): number for place in _spread(wijk, month)})

    def saw(wijk: WijkId | None, month: Month, client_id: UUID) -> None:
        clients.update((*place, circle.person(client_id).client_id) for place in _spread(wijk, month))

    for case in circle.cases:
        wijk, month = _wijk(circle, case.client_id, case.datum), month_of(case.datum)
        count(wijk, month, "meldingen")
        for rung, _ in case.needs:
            count(wijk, month, rung)
        saw(wijk, month, case.client_id)
    for zorg in circle.zorg:
        for use in () if zorg.removed else zorg.uses:
            month = month_of(use.begin)
            wijk = _wijk(circle, zorg.client_id, first_day(month))
            count(wijk, month, "gebruik")
            saw(wijk, month, zorg.client_id)
    found.update(Cell(where, maand, "clienten") for where, maand, _ in clients)
    for huishouden, maand in owed.keys() & _households(circle, owed):
        month = parse_month(maand)
        wijk = _of_household(circle, huishouden, first_day(month))
        count(wijk, month, "bijdragen")
        count(wijk, month, "bijdragenCent", owed[huishouden, maand])
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
