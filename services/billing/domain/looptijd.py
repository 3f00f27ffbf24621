"""When care is in use, and with which other care it began: rules 1 and 3 of the contribution rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.billing.domain.feiten import Zorg
from services.billing.domain.regels import Regels
from shared.kalender import DAY, Month, local_month, month_of


@dataclass(frozen=True, slots=True)
class Looptijd:
    """The days that a toewijzing in use covers: from its first day of care up to and including its end."""

    van: date
    tot: date


def looptijd(zorg: Zorg, regels: Regels, uitgeschreven_per: date | None) -> Looptijd | None:
    """From the first day of care up to the end, or None where there is no such day."""
    van = first_day_of_care(zorg, regels)
    if van is None:
        return None
    tot = end_of_care(zorg, uitgeschreven_per)
    return Looptijd(van, tot) if van <= tot else None


def first_day_of_care(zorg: Zorg, regels: Regels) -> date | None:
    """The earliest start inside the period of the first fitting use, else that period's first day; of a pgb its ingangsdatum.

    None where there is no such day: nothing was used yet, or the toewijzing was removed.
    """
    if zorg.verwijderd:
        return None
    if regels.grondslag(zorg.categorie, zorg.leveringsvorm) == "beschikking":
        return zorg.ingangsdatum
    if not zorg.maanden:
        return None
    first = min(zorg.maanden, key=lambda m: m.maand)
    inside = (start for start in zorg.starts if first.eerste_begin <= start <= first.eerste_eind)
    return min(inside, default=first.eerste_begin)


def end_of_care(zorg: Zorg, uitgeschreven_per: date | None) -> date:
    """The stop, else einddatum, else open; the day before uitgeschrevenPer if earlier; never before the last fitting use."""
    tot = zorg.stop or zorg.einddatum or date.max
    if uitgeschreven_per is not None:
        tot = min(tot, uitgeschreven_per - DAY)
    return max([tot, *(m.laatste_dag for m in zorg.maanden)])


def in_use(zorg: Zorg, loop: Looptijd | None, regels: Regels, horizon: Month) -> dict[Month, Month]:
    """Rule 1: the months in which a toewijzing is in use, each with the local month in which it was recorded."""
    grondslag = regels.grondslag(zorg.categorie, zorg.leveringsvorm)
    if grondslag == "gebruik":
        return {m.maand: local_month(m.vroegst) for m in zorg.maanden if m.maand <= horizon}
    if loop is None:
        return {}
    recorded = zorg.gegeven_op if grondslag == "beschikking" else min(m.vroegst for m in zorg.maanden)
    last = min(month_of(loop.tot), horizon)
    return dict.fromkeys(map(Month, range(month_of(loop.van), last + 1)), local_month(recorded))


def span_starts(looptijden: Iterable[tuple[Looptijd, int]]) -> dict[int, date]:
    """Rule 3: per toewijzing the first day of the span it lies in; days that overlap or touch are one span."""
    starts: dict[int, date] = {}
    start = end = date.min
    for loop, nummer in sorted(looptijden, key=lambda pair: (pair[0].van, pair[1])):
        if starts and (end == date.max or loop.van <= end + DAY):
            end = max(end, loop.tot)
        else:
            start, end = loop.van, loop.tot
        starts[nummer] = start
    return starts
