"""Vrijstellingen that follow from birth dates and huishoudens (ub 3.8(3) e and f); months by their first day (ub 3.4(2)).

In such months the kostprijs is paid off all the same (ub 3.10b).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from services.intake.domain.leeftijd import adult_day, aow_day
from services.intake.domain.perioden import Samen
from shared.contracts.event import derived_id
from shared.kalender import DAY, Month, format_month, month_of

COUPLE = 2


class Vrijgesteld(NamedTuple):
    """Months, the last included, in which no bijdrage is due; of `huishouden_id` and `client_id` one is None."""

    vrijstelling_id: UUID
    huishouden_id: UUID | None
    client_id: UUID | None
    geldt_voor: Literal["huishouden", "client"]
    van_maand: Month
    tot_maand: Month | None
    vervallen: bool = False


def of_client(client_id: UUID, born: date, registered: date) -> Iterator[Vrijgesteld]:
    """The months on whose first day a client is under 18 (ub 3.8(3) e); none if registered as an adult."""
    if registered < adult_day(born):
        id_ = derived_id(f"vrijstelling/minderjarig/{client_id}")
        yield Vrijgesteld(id_, None, client_id, "client", month_of(born), month_of(adult_day(born) - DAY))


def of_huishouden(huishouden_id: UUID, perioden: Iterable[Samen]) -> Iterator[Vrijgesteld]:
    """The months on whose first day two form it of whom at least one is under AOW age (ub 3.8(3) f)."""
    for van, tot, leden in perioden:
        if len(leden) < COUPLE:
            continue
        last_young = max(aow_day(lid.geboortedatum) for lid in leden) - DAY
        first = month_of(van) if van.day == 1 else Month(month_of(van) + 1)
        last = month_of(min(tot or date.max, last_young))
        if first <= last:
            id_ = derived_id(f"vrijstelling/echtpaar/{huishouden_id}/{format_month(first)}")
            yield Vrijgesteld(id_, huishouden_id, None, "huishouden", first, last)


def changes(known: Mapping[UUID, Vrijgesteld], derived: Iterable[Vrijgesteld]) -> list[Vrijgesteld]:
    """What must be said anew: what is new or other than is `known`, and what is no longer derived, as vervallen."""
    wanted = {one.vrijstelling_id: one for one in derived}
    gone = [
        one._replace(vervallen=True) for id_, one in known.items() if id_ not in wanted and not one.vervallen
    ]
    return [one for id_, one in wanted.items() if known.get(id_) != one] + gone
