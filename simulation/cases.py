"""From a melding to a plan: what someone asks, what suffices, what is decided, as far as it gets before the clock."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from shared.kalender import Month, first_day, month_of
from simulation import care
from simulation.care import Provision
from simulation.dice import Dice
from simulation.values import AIDS, Case, Circle, Decision, Person, Zorg

LIGHTER = ("eigen_kracht", "gebruikelijke_hulp", "netwerk", "informeel", "algemene_voorziening", "pluspakket")
KANALEN: Mapping[str, float] = {"telefoon": 50, "balie": 15, "digitaal": 25, "huisarts": 10}
BESLUITEN: Mapping[str, float] = {"toegekend": 82, "deels": 10, "afgewezen": 8}
ONDERZOEK_DAYS, BESLUIT_DAYS = 35, 14
AOW_THROUGHOUT = date(1952, 12, 31)
"""Who was born until then has AOW in all that can be played."""


class Asker:
    """What one circle asks, one melding after the other, and what comes of it."""

    def __init__(self, dice: Dice, by: Provision, klanthouders: Sequence[UUID], circle: Circle) -> None:
        self.dice, self.by, self.klanthouders = dice, by, klanthouders
        self.people = {person.client_id: person for person in circle.people}
        self.kinds = care.CATEGORIES
        self.kostprijzen: Sequence[int | None] = care.KOSTPRIJZEN
        if any(person.born > AOW_THROUGHOUT for person in circle.people):
            # Whether months that are free by law (ub 3.8(3)e,f) pay off a kostprijs is not settled, and not played.
            self.kostprijzen = (None,)
        elif circle.exemptions and dice.chance(0.6):
            self.kinds, self.kostprijzen = dict.fromkeys(AIDS, 1.0), care.SOON_PAID_OFF

    def case(self, client_id: UUID, day: date) -> Case | None:
        """A melding on a day, and how far it gets; None where the client lives here no more."""
        who = self.people[client_id]
        if who.last_day and who.last_day < day:
            return None
        dice = self.dice
        spoed = dice.chance(0.3)
        until = min(self.by.last, who.last_day or date.max, who.found_out or date.max)
        onderzoek = self._later(day, 1 if spoed else ONDERZOEK_DAYS, until)
        needs = tuple(self._needs()) if onderzoek else ()
        asked = [categorie for _, categorie in needs if categorie]
        besluit = self._later(onderzoek, 0 if spoed else BESLUIT_DAYS, until) if asked else None
        return Case(
            melding_id=dice.uuid(),
            client_id=client_id,
            datum=day,
            kanaal=dice.one_of(KANALEN),
            spoed=spoed,
            klanthouder_id=dice.choice(self.klanthouders) if dice.chance(0.7) else None,
            needs=needs,
            onderzoek=onderzoek,
            aanvraag_id=dice.uuid() if asked else None,
            decision=self._decision(who, besluit, asked, day if spoed else None) if besluit else None,
        )

    def _later(self, day: date | None, days_max: int, until: date) -> date | None:
        """Some days later, or None where that has not come yet."""
        later = day and day + timedelta(days=self.dice.randint(0, days_max))
        return later if later and later <= until else None

    def _needs(self) -> Iterator[tuple[str, str | None]]:
        for _ in range(self.dice.randint(1, 3)):
            if self.dice.chance(0.6):
                yield "maatwerk", self.dice.one_of(self.kinds)
            else:
                yield self.dice.choice(LIGHTER), None

    def _decision(self, who: Person, datum: date, asked: Sequence[str], begin: date | None) -> Decision:
        """What is decided; care that is urgent began at the melding already, on `begin` (Wmo 2.3.3)."""
        dice = self.dice
        besluit = dice.one_of(BESLUITEN)
        if besluit == "deels" and len(asked) == 1:
            besluit = "toegekend"
        given = {"toegekend": asked, "deels": asked[1:], "afgewezen": ()}[besluit]
        zorg: list[Zorg] = []
        for categorie in given:
            ingang = begin or self._start(datum)
            if zorg and dice.chance(0.5):
                ingang = self._after(zorg[-1])
            if who.last_day is None or ingang <= who.last_day:
                zorg.append(care.zorg(dice, self.by, who, categorie, ingang, self.kostprijzen))
        planned = bool(zorg) and dice.chance(0.9)
        evaluated = self._later(datum, 120, self.by.last) if planned and dice.chance(0.3) else None
        return Decision(
            beschikking=f"B{dice.getrandbits(48):012x}",
            besluit=besluit if zorg else "afgewezen",
            datum=datum,
            zorg=tuple(zorg),
            plan_id=dice.uuid(),
            akkoord=dice.chance(0.85) if planned else None,
            evaluated=evaluated,
        )

    def _start(self, besluit: date) -> date:
        """Care begins some days after the besluit, often on the first of a month."""
        soon = besluit + timedelta(days=self.dice.randint(0, 12))
        return first_day(Month(month_of(soon) + 1)) if self.dice.chance(0.45) else soon

    def _after(self, zorg: Zorg) -> date:
        """Care begins while other care lasts, the day after it ends, or some time later."""
        if zorg.last is None:
            return zorg.first + timedelta(days=self.dice.randint(0, 60))
        return zorg.last + timedelta(days=self.dice.choice((-5, 0, 1, 1, 1, 2, 20, 45)))
