"""Who lives in the city: alone or together, marrying, parting, moving, dying, and sometimes registered twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from shared.gemeente import Gemeente
from shared.kalender import DAY, Month, month_of
from simulation.dice import Dice
from simulation.values import Adres, Circle, Exemption, Home, Move, Person

LIVED_LONG = date(2009, 1, 1)
NAMES = ("Ada", "Bram", "Cora", "Daan", "Evi", "Faas", "Guus", "Hava", "Imke", "Joris", "Kyra", "Luuk")
SURNAMES = ("Voorbeeld", "van Testelen", "Verzonnen", "de Proef", "Denkbeeld", "van Papier", "Schets")
AGES: Mapping[str, float] = {"old": 78, "working": 14, "becoming_aow": 8}
AOW_AT_67 = date(1958, 1, 1)
"""Who was born before has AOW sooner: nobody here becomes it then."""
Report = tuple[UUID, date]
Life = tuple[Circle, tuple[Report, ...]]
"""A circle without its cases yet, and who reports a need on which day, in the order of time."""


@dataclass(frozen=True)
class Frame:
    """Where and when the city is played: from `first` up to and including `last`."""

    gemeente: Gemeente
    first: date
    last: date

    def soon_after(self, day: date, dice: Dice) -> date:
        """Some day later, as long as there is time left."""
        return dice.day(min(day + DAY, self.last), self.last)


def adres(frame: Frame, dice: Dice) -> Adres:
    """An invented address, in each wijk as often as people live there."""
    wijken = {wijk.id: float(wijk.inwoners or 0) for wijk in frame.gemeente.wijken}
    if not any(wijken.values()):
        wijken = dict.fromkeys(wijken, 1.0)
    letters = "".join(dice.choices("BCDEHLPRTVX", k=2))
    postcode = dice.choice(sorted(frame.gemeente.postcodes)) + letters
    return Adres(postcode, dice.randint(1, 250), dice.one_of(wijken))


def person(frame: Frame, dice: Dice, age: str = "") -> Person:
    """An invented resident of an age, who has lived here for some time."""
    aged = age or dice.one_of(AGES)
    return Person(
        client_id=dice.uuid(),
        voornamen=dice.choice(NAMES),
        achternaam=dice.choice(SURNAMES),
        born=_born(frame, dice, aged),
        adres=adres(frame, dice),
        lives_from=LIVED_LONG + dice.randint(1, 2000) * DAY,
    )


def _born(frame: Frame, dice: Dice, aged: str) -> date:
    """Old: AOW in every month played. Becoming: 67, or of a minor 18, in one of the last months.

    Never on a 29 February, whose birthdays are a question of their own.
    """
    turning = dice.day(max(frame.first, frame.last - timedelta(days=170)), frame.last)
    found = {
        "becoming_aow": max(turning.replace(year=turning.year - 67, day=min(turning.day, 28)), AOW_AT_67),
        "becoming_adult": turning.replace(year=turning.year - 18, day=min(turning.day, 28)),
        "minor": dice.day(date(2010, 1, 1), date(2017, 12, 28)),
        "working": dice.day(date(1965, 1, 1), date(1988, 12, 28)),
        "old": dice.day(date(1931, 1, 1), date(1952, 12, 28)),
    }[aged]
    return found.replace(day=min(found.day, 28))


def report_day(frame: Frame, dice: Dice) -> date:
    """When someone reports a need: early rather than late, so that there is much care to see."""
    return frame.first + timedelta(days=int((frame.last - frame.first).days * dice.random() ** 2))


def single(frame: Frame, dice: Dice, age: str = "") -> Life:
    """One client alone, who may move, leave or die."""
    who, day = person(frame, dice, age), report_day(frame, dice)
    if dice.chance(0.08):
        how = "overlijden" if dice.chance(0.7) else "vertrek"
        who = replace(who, last_day=frame.soon_after(day, dice), leaves_by=how)
    home = Home(dice.uuid(), (who.client_id,), who.lives_from, who.last_day)
    moves = (_move(frame, dice, who, day),) if dice.chance(0.08) and not who.last_day else ()
    return Circle((who,), (home,), (), moves), ((who.client_id, day),)


def _move(frame: Frame, dice: Dice, who: Person, day: date) -> Move:
    return Move(dice.uuid(), who.client_id, frame.soon_after(day, dice), adres(frame, dice))


def child(frame: Frame, dice: Dice) -> Life:
    """A minor, who owes nothing before turning 18."""
    life = single(frame, dice, "becoming_adult" if dice.chance(0.4) else "minor")
    ((who,), (home,)) = life[0].people, life[0].homes
    lives_from = max(who.lives_from, who.born)
    return replace(
        life[0], people=(replace(who, lives_from=lives_from),), homes=(replace(home, van=lives_from),)
    ), life[1]


def _two(frame: Frame, dice: Dice) -> tuple[Person, Person, Home]:
    one, other = person(frame, dice), person(frame, dice)
    other = replace(other, adres=one.adres, lives_from=one.lives_from)
    return one, other, Home(dice.uuid(), (one.client_id, other.client_id), one.lives_from)


def couple(frame: Frame, dice: Dice, *, both: bool = True) -> Life:
    """Two who owe together, until one of them dies perhaps."""
    one, other, home = _two(frame, dice)
    day = report_day(frame, dice)
    reports = [(one.client_id, day)]
    if both:
        reports.append((other.client_id, dice.day(day, frame.last)))
    homes: tuple[Home, ...] = (home,)
    if dice.chance(0.12):
        dies = frame.soon_after(reports[-1][1], dice)
        other = replace(other, last_day=dies, leaves_by="overlijden")
        homes = (replace(home, tot=dies), replace(home, leden=(one.client_id,), van=dies + DAY))
    return Circle((one, other), homes, ()), tuple(reports)


def parting(frame: Frame, dice: Dice) -> Life:
    """A couple that parts: one goes on in the old huishouden, the other in a new one."""
    (circle, reports) = couple(frame, dice)
    one, other = (replace(who, last_day=None, leaves_by="") for who in circle.people)
    per = frame.soon_after(reports[-1][1], dice)
    home = replace(circle.homes[0], tot=per - DAY)
    left, gone = Home(home.huishouden_id, (one.client_id,), per), Home(dice.uuid(), (other.client_id,), per)
    return Circle((one, other), (home, left, gone), ()), reports


def marrying(frame: Frame, dice: Dice) -> Life:
    """Two who live alone, each known by a melding, and then marry."""
    lives = [single(frame, dice), single(frame, dice)]
    one, other = (replace(life[0].people[0], last_day=None, leaves_by="") for life in lives)
    reports = tuple(sorted((report for life in lives for report in life[1]), key=lambda report: report[1]))
    per = frame.soon_after(reports[-1][1], dice)
    alone = tuple(replace(life[0].homes[0], tot=per - DAY) for life in lives)
    together = Home(dice.uuid(), (one.client_id, other.client_id), per)
    return Circle((one, other), (*alone, together), ()), reports


def twice_registered(frame: Frame, dice: Dice) -> Life:
    """One person known under two ids at two addresses, of which the older is found out.

    The older lived here first, so that the home of the id that stays is the one that counts throughout.
    """
    (circle, reports) = single(frame, dice)
    who = replace(circle.people[0], last_day=None, leaves_by="")
    day = dice.day(reports[0][1], frame.last)
    double = replace(
        who,
        client_id=dice.uuid(),
        adres=adres(frame, dice),
        lives_from=who.lives_from - 200 * DAY,
        same_as=who.client_id,
        found_out=frame.soon_after(day, dice),
    )
    homes = replace(circle.homes[0], tot=None), Home(dice.uuid(), (double.client_id,), double.lives_from)
    return Circle((who, double), homes, ()), (*reports, (double.client_id, day))


def one_of_couple(frame: Frame, dice: Dice) -> Life:
    """A couple of whom one reports a need."""
    return couple(frame, dice, both=False)


KINDS: Mapping[Callable[[Frame, Dice], Life], float] = {
    single: 52,
    one_of_couple: 14,
    couple: 16,
    marrying: 5,
    parting: 5,
    child: 5,
    twice_registered: 3,
}


def life(frame: Frame, dice: Dice, clients: int) -> Life:
    """A circle of any kind in which at most so many (one or more) people report a need."""
    drawn = dice.one_of(KINDS)(frame, dice)
    found = drawn if len(drawn[1]) <= clients else single(frame, dice)
    return replace(found[0], exemptions=_exemptions(frame, dice, found[0])), found[1]


def _exemptions(frame: Frame, dice: Dice, circle: Circle) -> tuple[Exemption, ...]:
    if not dice.chance(0.35 if len(circle.homes[0].leden) > 1 else 0.12):
        return ()
    whole = dice.chance(0.3)
    van = month_of(dice.day(frame.first, frame.last))
    months = dice.choice((None, 0, 1, 3))
    return (
        Exemption(
            vrijstelling_id=dice.uuid(),
            huishouden_id=circle.homes[0].huishouden_id if whole else None,
            client_id=None if whole else circle.people[0].client_id,
            for_all=whole or dice.chance(0.5),
            pays_off=dice.chance(0.5),
            van=van,
            tot=None if months is None else Month(van + months),
            withdrawn=dice.chance(0.2),
        ),
    )
