"""Who lived where in which age group, and who formed a huishouden: rows of the database as periods of days.

`tot` is the last day, None while it lasts.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.domain.leeftijd import GROUPS, counted_from
from shared.kalender import DAY
from shared.refused import refuse

PERIODEN_MAX = 500


class Verblijf(NamedTuple):
    """A client's stay at an address, by its wijk."""

    van: date
    tot: date | None
    jaar: int
    code: str


class Lid(NamedTuple):
    """A member of a huishouden, and for which days."""

    client_id: UUID
    geboortedatum: date
    van: date
    tot: date | None


class Samen(NamedTuple):
    """Days in which the same people formed a huishouden."""

    van: date
    tot: date | None
    leden: tuple[Lid, ...]

    @property
    def told(self) -> dict[str, Any]:
        """What others may know of it."""
        return {"van": self.van, "tot": self.tot, "leden": [lid.client_id for lid in self.leden]}


def of_client(born: date, verblijven: Sequence[Verblijf]) -> list[dict[str, Any]]:
    """Where a client lived, cut at each 1 January from which he counts in another age group: also those to come."""
    begins = [(counted_from(born, years) if years else born, group) for years, group in GROUPS]
    ends = [day - DAY for day, _ in begins[1:]] + [date.max]
    perioden = [
        {
            "van": max(stay.van, day),
            "tot": min(stay.tot or date.max, end),
            "wijk": {"jaar": stay.jaar, "code": stay.code},
            "leeftijdsgroep": group,
        }
        for stay in verblijven
        for (day, group), end in zip(begins, ends, strict=True)
        if max(stay.van, day) <= min(stay.tot or date.max, end)
    ]
    return _limited([p | {"tot": None if p["tot"] == date.max else p["tot"]} for p in perioden])


def of_huishouden(leden: Iterable[Lid]) -> list[Samen]:
    """Who formed a huishouden when, in order; days on which it had nobody are left out."""
    return _limited(list(_together(sorted(leden, key=lambda lid: lid.client_id))))


def _together(leden: Sequence[Lid]) -> Iterator[Samen]:
    begins = sorted({lid.van for lid in leden} | {lid.tot + DAY for lid in leden if lid.tot})
    for van, following in zip(begins, [*begins[1:], None], strict=False):
        present = tuple(lid for lid in leden if lid.van <= van and (lid.tot is None or lid.tot >= van))
        if present:
            yield Samen(van, following - DAY if following else None, present)


def _limited(perioden: list[Any]) -> list[Any]:
    if len(perioden) > PERIODEN_MAX:
        raise refuse("", f"Er zijn hoogstens {PERIODEN_MAX} perioden mogelijk.")
    return perioden
