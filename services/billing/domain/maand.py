"""The life of a month: open, concept from the day after it, definitive after the grace."""

from collections.abc import Container
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from shared.kalender import DAY, Month, first_day, format_month, local_day, local_month, midnight
from shared.refused import RefusedError, refuse

RESPIJT_DAGEN = 21
"""How many days after its end a month becomes definitive."""
ZONDER_TARIEF = (
    "Deze maand heeft nog geen tarief. Zet het tarief in de instellingen: 0 als niemand hoeft te betalen. "
    "De maanden daarna wachten ook."
)
Toestand = Literal["open", "concept", "sluit", "definitief"]


class Stand(NamedTuple):
    """How far the ledger is: its earliest month, the latest month that was begun to close, whether that one is closed.

    Earliest is also a month with support that no tariff stands for yet.
    `waits` says in Dutch what must be done before any month may close, None where nothing must.
    """

    eerste: Month | None
    laatste: Month | None
    is_closed: bool
    waits: str | None

    @property
    def next(self) -> Month | None:
        """The month that closes next; None where the ledger is empty."""
        return self.eerste if self.laatste is None else Month(self.laatste + 1)


def toestand(maand: Month, now: datetime, *, begun: bool, closed: bool) -> Toestand:
    """Where a month is in its life."""
    if begun:
        return "definitief" if closed else "sluit"
    return "concept" if local_month(now) > maand else "open"


def grace_ends(maand: Month, respijt_dagen: int) -> datetime:
    """The instant from which a month may close by itself."""
    return midnight(first_day(Month(maand + 1)) + timedelta(days=respijt_dagen))


def due(stand: Stand, now: datetime, respijt_dagen: int, tarieven: Container[Month]) -> int:
    """How many months may close by now and have not: from the next one to the first without a tariff or in its grace."""
    maand = stand.next
    while maand is not None and maand in tarieven and grace_ends(maand, respijt_dagen) <= now:
        maand = Month(maand + 1)
    return (maand or 0) - (stand.next or 0)


def fault_of(
    maand: Month, stand: Stand, now: datetime, vanaf: datetime, *, has_tarief: bool
) -> RefusedError | None:
    """Why this month cannot begin to close now, if it cannot; `vanaf` is from when it may.

    A month without a tariff never can: definitive, it would keep the settings by which nobody can be charged for it.
    """
    first = stand.next
    faults = [
        (first is None, "Er is nog geen bijdrage, dus ook geen maand om te sluiten."),
        (
            stand.laatste is not None and not stand.is_closed,
            f"De maand {format_month(stand.laatste or maand)} wordt nog gesloten. Wacht tot die klaar is.",
        ),
        (maand < (first or 0), "Deze maand ligt voor de eerste maand van het grootboek."),
        (
            maand > (first or maand),
            f"Sluit eerst de maand {format_month(first or maand)}: maanden sluiten op volgorde.",
        ),
        (local_month(now) <= maand, "Deze maand is nog niet voorbij."),
        (not has_tarief, ZONDER_TARIEF),
        (now < vanaf, f"Het respijt van deze maand duurt nog tot en met {local_day(vanaf - DAY)}."),
        (stand.waits is not None, stand.waits or ""),
    ]
    return next((refuse("maand", uitleg) for is_so, uitleg in faults if is_so), None)
