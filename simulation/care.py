"""What care someone gets: given, changed, delivered month by month, with gaps, pauses and ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count

from shared.kalender import DAY, Month, first_day, midnight, month_of
from simulation.dice import Dice
from simulation.values import AIDS, PGB, Change, Person, Terms, Use, Zorg

CATEGORIES: Mapping[str, float] = {
    "01": 46,
    "02": 14,
    "03": 6,
    "07": 8,
    "12": 6,
    "13": 4,
    "14": 6,
    "11": 4,
    "15": 2,
    "J01": 2,
    "08": 2,
}
MAY_BE_PGB = ("01", "02", "03", "07")
KOSTPRIJZEN = (None, 0, 2_000, 4_360, 5_000, 7_500, 150_000)
"""Of a thing: not known, nothing, less than a month, two months to the cent, and more."""
SOON_PAID_OFF = (4_360, 5_000, 7_500)
LATE_DAYS_MAX = 150
VERY_LATE_DAYS = 440
YEARS_AHEAD = 5
"""How far ahead care that lasts has its einddatum, where it has one."""
ENDINGS: Mapping[str, float] = {"lasts": 50, "stop": 20, "einddatum": 18, "shortened": 12}
CHANGES: Mapping[str, float] = {"": 82, "removed": 6, "given_again": 3, "extended": 4, "corrected": 5}


@dataclass
class Provision:
    """From where care comes: providers, numbers not used yet, and until when it is played."""

    aanbieders: Sequence[str]
    clock: datetime
    last: date
    nummers: Iterator[int]
    referentie_nummers: Iterator[int]

    @classmethod
    def of(cls, aanbieders: Sequence[str], clock: datetime, last: date, first_number: int) -> "Provision":
        """Of these providers; toewijzingen are numbered from `first_number`."""
        return cls(aanbieders, clock, last, count(first_number), count(1))


def zorg(
    dice: Dice, by: Provision, who: Person, categorie: str, ingang: date, kostprijzen: Sequence[int | None]
) -> Zorg:
    """Care for a client from `ingang` (a day that he lives here) on, as it will go; a thing with one of these prices."""
    leveringsvorm = PGB if categorie in MAY_BE_PGB and dice.chance(0.12) else "zin"
    aanbieder = None if leveringsvorm == PGB else dice.choice(by.aanbieders)
    kostprijs = dice.choice(kostprijzen) if categorie in AIDS else None
    open_terms = Terms(aanbieder, categorie, ingang, leveringsvorm, kostprijs)
    gone = who.last_day
    first = ingang
    if leveringsvorm != PGB and dice.chance(0.3):
        end_of_month = first_day(Month(month_of(ingang) + 1)) - DAY
        first = dice.day(ingang, min(end_of_month, gone or end_of_month))
    last = dice.day(first, by.last)
    ending = dice.one_of(ENDINGS)
    if first > by.last or (ending == "stop" and leveringsvorm == PGB):
        ending = "lasts"
    found = Zorg(next(by.nummers), who.client_id, open_terms, (), first, None, ())
    found = _ended(dice, by, found, ending, last)
    if gone and (found.last is None or found.last > gone):
        found = replace(_ended(dice, by, found, "lasts", last), last=gone, stop_told=False, changes=())
    found = _changed(dice, by, found)
    return _delivered(dice, by, found)


def _ended(dice: Dice, by: Provision, zorg: Zorg, ending: str, last: date) -> Zorg:
    """Care with an end that is told by a stop, by the toewijzing, by a change of it; or without one."""
    far = dice.choice((None, date(by.last.year + YEARS_AHEAD, 12, 31)))
    given = replace(zorg.given, einddatum=far)
    shorter = replace(given, einddatum=last)
    match ending:
        case "stop":
            return replace(zorg, given=given, last=last, stop_told=True)
        case "einddatum":
            return replace(zorg, given=shorter, last=last)
        case "shortened":
            return replace(zorg, given=given, last=last, changes=(Change(last, "05", shorter),))
    return replace(zorg, given=given, last=None)


def _changed(dice: Dice, by: Provision, zorg: Zorg) -> Zorg:
    """Care whose toewijzing may change on top of that: removed, given again, extended, or the same anew."""
    now = zorg.terms
    day = max(min(zorg.first + 20 * DAY, by.last), *(change.datum for change in zorg.changes), date.min)
    removal, again = Change(day, "13", now), Change(day, "14", now)
    corrected = replace(now, productcode=f"{now.categorie[:2]}A03")
    match dice.one_of(CHANGES):
        case "removed":
            return replace(zorg, changes=(*zorg.changes, removal))
        case "given_again":
            return replace(zorg, changes=(*zorg.changes, removal, again))
        case "corrected":
            return replace(zorg, changes=(*zorg.changes, Change(day, "14", corrected)))
        case "extended" if now.einddatum and zorg.last is None:
            shorter = replace(now, einddatum=max(zorg.first, min(zorg.first + 40 * DAY, by.last)))
            return replace(zorg, given=shorter, changes=(Change(day, "04", now),))
    return zorg


def _delivered(dice: Dice, by: Provision, zorg: Zorg) -> Zorg:
    """Care with what was delivered and what the provider tells of it."""
    if zorg.terms.leveringsvorm == PGB or zorg.first > by.last:
        return replace(zorg, stop_told=False)
    months = range(month_of(zorg.first), month_of(min(zorg.last or by.last, by.last)) + 1)
    gaps = {month: 0.4 if month == months[-1] and zorg.last else 0.12 for month in months[1:]}
    is_thing = zorg.terms.categorie in AIDS
    used = months[:1] if is_thing else [m for m in months if not dice.chance(gaps.get(m, 0))]
    zorg = _other_aanbieder(dice, by, zorg, used)
    uses = tuple(use for month in used for use in _uses(dice, by, zorg, Month(month)))
    pauses: tuple[date, ...] = ()
    if not zorg.stop_told and len(months) > 1 and dice.chance(0.35 if is_thing else 0.15):
        pauses = (first_day(Month(months[1])) - DAY,)
    told = zorg.first != uses[0].begin or dice.chance(0.5)
    return replace(zorg, uses=uses, start_told=told, pauses=pauses)


def _other_aanbieder(dice: Dice, by: Provision, zorg: Zorg, used: Sequence[int]) -> Zorg:
    """Sometimes another provider takes over from the first day of a later month (RedenWijziging 09)."""
    if zorg.changes or len(used) < 2 or not dice.chance(0.08):  # noqa: PLR2004 - one who is before, one after
        return zorg
    others = [aanbieder for aanbieder in by.aanbieders if aanbieder != zorg.given.aanbieder]
    if not others:
        return zorg
    from_day = first_day(Month(dice.choice(used[1:])))
    terms = replace(zorg.given, aanbieder=dice.choice(others))
    return replace(zorg, changes=(Change(from_day, "09", terms),))


def _uses(dice: Dice, by: Provision, zorg: Zorg, month: Month) -> Iterator[Use]:
    """What is declared of one month: the month clipped to the toewijzing, now and then in two halves."""
    begin, eind = zorg.days_in(month)
    middle = first_day(month) + 14 * DAY
    halves = [(begin, middle), (middle + DAY, eind)]
    whole = not (begin <= middle < eind) or zorg.first > middle or dice.chance(0.85)
    for van, tot in [(begin, eind)] if whole else halves:
        aanbieder = _aanbieder_on(zorg, van)
        number = f"R{next(by.referentie_nummers):08d}"
        yield Use(aanbieder, number, van, tot, dice.randint(1, 40), _declared(dice, by, tot))


def _aanbieder_on(zorg: Zorg, day: date) -> str:
    said = [zorg.given, *(change.terms for change in zorg.changes if change.datum <= day)]
    return said[-1].aanbieder or ""


def _declared(dice: Dice, by: Provision, day: date) -> datetime:
    """Mostly in the month after; some much later; all before the clock."""
    first = midnight(day) + timedelta(hours=8)
    late = VERY_LATE_DAYS if dice.chance(0.01) else LATE_DAYS_MAX if dice.chance(0.15) else 30
    told = dice.moment(first + timedelta(days=late - 29), first + timedelta(days=late))
    if told < by.clock:
        return told
    return by.clock - timedelta(seconds=dice.randint(60, 20 * 86_400))
