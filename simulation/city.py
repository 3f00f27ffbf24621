"""The plan of a played city: who lives there, what they ask, what is decided, and what care they get."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from shared.gemeente import Gemeente
from shared.kalender import AMSTERDAM, DAY, Month, first_day, local_month, month_of
from simulation import care, people
from simulation.care import Provision
from simulation.dice import Dice
from simulation.people import Frame
from simulation.values import Case, Circle, City, Decision, Person, Zorg

CLOCK = datetime(2026, 6, 30, 21, 59, tzinfo=UTC)
"""When every played city is looked at: a minute before the last month played ends, in local time."""
CLIENTS_MAX, MONTHS_MAX = 100_000, 60
CLIENTS_A_KLANTHOUDER = 40
LIGHTER = ("eigen_kracht", "gebruikelijke_hulp", "netwerk", "informeel", "algemene_voorziening", "pluspakket")
KANALEN: Mapping[str, float] = {"telefoon": 50, "balie": 15, "digitaal": 25, "huisarts": 10}
BESLUITEN: Mapping[str, float] = {"toegekend": 82, "deels": 10, "afgewezen": 8}
NUMBERS_A_CITY = 1_000_000
ONDERZOEK_DAYS, BESLUIT_DAYS = 35, 14
ADULTS_BORN_UNTIL = date(1999, 12, 31)


def plan(gemeente: Gemeente, *, clients: int, months: int, seed: int) -> City:
    """A city in which so many clients report a need in the `months` months up to that of the clock.

    The same arguments always give the same city. Raises ValueError for less than 1, or more than can be played.
    """
    if not 1 <= clients <= CLIENTS_MAX or not 1 <= months <= MONTHS_MAX:
        raise ValueError(f"Play 1 to {CLIENTS_MAX} clients in 1 to {MONTHS_MAX} months; nothing was made.")
    name = f"{gemeente.code}/{clients}/{months}/{seed}"
    dice = Dice(name)
    last = local_month(CLOCK)
    frame = Frame(gemeente, first_day(Month(last - months + 1)), CLOCK.astimezone(AMSTERDAM).date())
    klanthouders = {dice.uuid(): f"Klanthouder {n + 1}" for n in range(1 + clients // CLIENTS_A_KLANTHOUDER)}
    count = 3 + min(17, clients // 30)
    aanbieders = tuple(sorted({f"99{dice.randint(0, 999_999):06d}" for _ in range(count)}))
    provision = Provision.of(aanbieders, CLOCK, frame.last, 1 + dice.randint(0, 899) * NUMBERS_A_CITY)
    circles = tuple(_circles(frame, dice, provision, clients, tuple(klanthouders)))
    return City(name, range(last - months + 1, last + 1), CLOCK, klanthouders, aanbieders, circles)


def _circles(
    frame: Frame, dice: Dice, by: Provision, clients: int, klanthouders: Sequence[UUID]
) -> Iterator[Circle]:
    left = clients
    while left:
        circle, reports = people.life(frame, dice, left)
        left -= len(reports)
        history = _History(dice, by, klanthouders)
        cases = [history.case(circle, client_id, day) for client_id, day in reports]
        if dice.chance(0.1):
            client_id, first = reports[0]
            again = frame.soon_after(first, dice)
            cases.append(history.case(circle, client_id, again) if again > first else None)
        yield replace(circle, cases=tuple(case for case in cases if case))


class _History:
    """What one circle asks, one melding after the other, and what comes of it."""

    def __init__(self, dice: Dice, by: Provision, klanthouders: Sequence[UUID]) -> None:
        self.dice, self.by = dice, by
        self.klanthouders = klanthouders

    def case(self, circle: Circle, client_id: UUID, day: date) -> Case | None:
        """A melding on a day, and how far it gets; None where the client lives here no more."""
        (who,) = (person for person in circle.people if person.client_id == client_id)
        if who.last_day and who.last_day < day:
            return None
        dice = self.dice
        spoed = dice.chance(0.3)
        until = min(self.by.last, who.last_day or date.max, who.found_out or date.max)
        onderzoek = self._later(day, 1 if spoed else ONDERZOEK_DAYS, until)
        needs = tuple(self._needs(who)) if onderzoek else ()
        maatwerk = [categorie for _, categorie in needs if categorie]
        besluit = self._later(onderzoek, 0 if spoed else BESLUIT_DAYS, until) if maatwerk else None
        start = (lambda: day) if spoed else (lambda: self._start(besluit or day))
        return Case(
            melding_id=dice.uuid(),
            client_id=client_id,
            datum=day,
            kanaal=dice.one_of(KANALEN),
            spoed=spoed,
            klanthouder_id=dice.choice(self.klanthouders) if dice.chance(0.7) else None,
            needs=needs,
            onderzoek=onderzoek,
            aanvraag_id=dice.uuid() if maatwerk else None,
            decision=self._decision(who, besluit, maatwerk, start) if besluit else None,
        )

    def _later(self, day: date | None, days: int, until: date) -> date | None:
        """Some days later, or None where that has not come yet."""
        later = (day or date.max - 99 * DAY) + timedelta(days=self.dice.randint(0, days))
        return later if later <= until else None

    def _needs(self, who: Person) -> Iterator[tuple[str, str | None]]:
        for _ in range(self.dice.randint(1, 3)):
            if self.dice.chance(0.6):
                yield "maatwerk", care.category(self.dice, minor=who.born > ADULTS_BORN_UNTIL)
            else:
                yield self.dice.choice(LIGHTER), None

    def _start(self, besluit: date) -> date:
        """Care begins some days after the besluit, often on the first of a month."""
        soon = besluit + timedelta(days=self.dice.randint(0, 12))
        return first_day(Month(month_of(soon) + 1)) if self.dice.chance(0.45) else soon

    def _after(self, zorg: Zorg) -> date:
        """Care begins while other care lasts, the day after it ends, or some time later."""
        if zorg.last is None:
            return zorg.first + timedelta(days=self.dice.randint(0, 60))
        return zorg.last + timedelta(days=self.dice.choice((-5, 0, 1, 1, 2, 20, 45)))

    def _decision(
        self, who: Person, datum: date, asked: Sequence[str], start: Callable[[], date]
    ) -> Decision:
        dice = self.dice
        besluit = dice.one_of(BESLUITEN)
        if besluit == "deels" and len(asked) == 1:
            besluit = "toegekend"
        given = {"toegekend": asked, "deels": asked[1:], "afgewezen": ()}[besluit]
        zorg: list[Zorg] = []
        for categorie in given:
            ingang = max(datum, self._after(zorg[-1])) if zorg and dice.chance(0.4) else start()
            if who.last_day is None or ingang <= who.last_day:
                zorg.append(care.zorg(dice, self.by, who.client_id, categorie, ingang, who.last_day))
        if given and not zorg:
            besluit = "afgewezen"
        return Decision(
            beschikking=f"B{dice.getrandbits(48):012x}",
            besluit=besluit,
            datum=datum,
            zorg=tuple(zorg),
            plan_id=dice.uuid(),
            akkoord=dice.chance(0.85) if zorg and dice.chance(0.9) else None,
        )
