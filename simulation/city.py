"""The plan of a played city: who lives there, what they ask, what is decided, and what care they get."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from shared.gemeente import Gemeente
from shared.kalender import Month, first_day, format_month, local_day, local_month, midnight, month_of
from simulation import people
from simulation.care import Provision
from simulation.cases import Asker
from simulation.dice import Dice
from simulation.people import Frame
from simulation.values import Circle, City

__all__ = ["CLOCK", "City", "plan"]

CLOCK = datetime(2026, 6, 30, 21, 59, tzinfo=UTC)
"""When a played city is looked at unless told otherwise: a minute before the last month played ends, in local time."""
MINUTE = timedelta(minutes=1)
FIRST_DAY = date(2018, 1, 1)
"""Before that not everybody who should be old has AOW in every month with a tariff, and not every child is born."""
CLIENTS_MAX, MONTHS_MAX = 100_000, 60
CLIENTS_A_KLANTHOUDER = 40
NUMBERS_A_CITY = 1_000_000
"""So many toewijzingnummers are kept apart for a city."""


def plan(gemeente: Gemeente, *, clients: int, months: int, seed: int, clock: datetime = CLOCK) -> City:
    """A city in which so many clients report a need in the last `months` months that are over at `clock`.

    The same arguments always give the same city, at any moment of a month but its last minute, when that is over too.
    Raises ValueError for less than 1, for more than can be played, and for months before FIRST_DAY.
    """
    if not 1 <= clients <= CLIENTS_MAX or not 1 <= months <= MONTHS_MAX:
        raise ValueError(f"Play 1 to {CLIENTS_MAX} clients in 1 to {MONTHS_MAX} months; nothing was made.")
    seen = midnight(first_day(local_month(clock + MINUTE))) - MINUTE
    last = local_month(seen)
    name = f"{gemeente.code}/{clients}/{months}/{seed}" + (f"/{format_month(last)}" if seen != CLOCK else "")
    dice = Dice(name)
    frame = Frame(gemeente, first_day(Month(last - months + 1)), local_day(seen))
    if frame.first < FIRST_DAY:
        raise ValueError(f"Play no month before {format_month(month_of(FIRST_DAY))}; nothing was made.")
    klanthouders = {dice.uuid(): f"Klanthouder {n + 1}" for n in range(1 + clients // CLIENTS_A_KLANTHOUDER)}
    count = 3 + min(17, clients // 30)
    aanbieders = tuple(sorted({f"99{dice.randint(0, 999_999):06d}" for _ in range(count)}))
    provision = Provision.of(aanbieders, seen, frame.last, 1 + dice.randint(0, 899) * NUMBERS_A_CITY)
    return City(
        seed=name,
        elsewhere=next(f"{n}AB" for n in range(1011, 9999) if not gemeente.has_postcode(f"{n}AB")),
        months=range(last - months + 1, last + 1),
        clock=seen,
        klanthouders=klanthouders,
        aanbieders=aanbieders,
        circles=tuple(_circles(frame, dice, provision, clients, tuple(klanthouders))),
    )


def _circles(
    frame: Frame, dice: Dice, by: Provision, clients: int, klanthouders: Sequence[UUID]
) -> Iterator[Circle]:
    left = clients
    while left:
        circle, reports = people.life(frame, dice, left)
        left -= len({circle.person(client_id).client_id for client_id, _ in reports})
        asker = Asker(dice, by, klanthouders, circle)
        cases = [asker.case(client_id, day) for client_id, day in reports]
        if dice.chance(0.1):
            client_id, first = reports[0]
            again = frame.soon_after(first, dice)
            cases.append(asker.case(client_id, again) if again > first else None)
        yield replace(circle, cases=tuple(case for case in cases if case))
