"""What providers publish of a played city: the truth, late, twice, out of order, mistaken and taken back, and nonsense.

Each record carries the verdict that it must get in the end. None of the nonsense changes what was delivered.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from shared.contracts.contract import TYPE_PREFIX
from shared.contracts.event import UnreadableError, contract_of, format_moment, parse
from shared.kalender import DAY, Month, local_day, midnight, month_of
from simulation import nonsense
from simulation.dice import Dice
from simulation.values import AIDS, City, Use, Zorg

USE, WITHDRAWAL, START, STOP = (
    f"{TYPE_PREFIX}{name}.v1"
    for name in ("gebruik-geregistreerd", "gebruik-ingetrokken", "zorg-gestart", "zorg-gestopt")
)
ACCEPTED, TWICE, REFUSED, WAITING = "geaccepteerd", "dubbel", "afgewezen", "inAfwachting"
EENHEDEN = {"01": ("01", 3_600), "02": ("04", 6_150), "07": ("16", 4_800), "11": ("82", 90_000)}
"""Of a productcategorie the eenheid, and the tarief in cents: of help in the household an hour's, declared in minutes."""
ARRIVES_DAYS_MAX = 25
TELLS_TWICE, SAYS_AGAIN, IS_WRONG, IS_TAKEN_BACK, IS_MISTAKEN, IS_IMAGINED = (
    0.03,
    0.01,
    0.015,
    0.015,
    0.04,
    0.3,
)
Wire = dict[str, Any]


class Record(NamedTuple):
    """One record on a provider's topic, and the verdict it must get; `code` is the reason of nonsense."""

    agb: str
    key: str
    value: bytes | None
    oordeel: str
    code: str | None = None


def records(city: City) -> dict[str, list[Record]]:
    """What each provider publishes, in the order in which it does."""
    dice = Dice(f"{city.seed}/messages")
    found: dict[str, list[tuple[datetime, Record]]] = {agb: [] for agb in city.aanbieders}
    teller = _Teller(city, dice)
    for zorg in city.zorg:
        for one in teller.tells(zorg):
            told = datetime.fromisoformat(one.wire["time"])
            arrives = told + timedelta(days=dice.uniform(0, ARRIVES_DAYS_MAX))
            record = _record(one)
            found[one.agb].append((arrives, record))
            if one.oordeel != REFUSED and dice.chance(TELLS_TWICE):
                again = arrives + timedelta(days=dice.uniform(0, ARRIVES_DAYS_MAX))
                found[one.agb].append((again, record._replace(oordeel=TWICE, code=None)))
    return {agb: [r for _, r in sorted(told, key=lambda one: one[0])] for agb, told in found.items()}


class Told(NamedTuple):
    """Who tells it, the event, its verdict, and where it is nonsense the reason of that."""

    agb: str
    wire: Wire
    oordeel: str
    code: str | None = None


def _record(told: Told) -> Record:
    value = nonsense.written(told.wire)
    try:
        event = parse(value or b"")
    except UnreadableError:
        return Record(told.agb, "", value, told.oordeel, told.code)
    return Record(told.agb, contract_of(event).natural_key(event), value, told.oordeel, told.code)


class _Teller:
    """What the providers tell of care."""

    def __init__(self, city: City, dice: Dice) -> None:
        self.city, self.dice = city, dice
        self.numbers = count(1)
        self.others = [zorg for zorg in city.zorg if not zorg.removed]

    def tells(self, zorg: Zorg) -> Iterator[Told]:
        """Everything that is told of this care."""
        if zorg.uses:
            oordeel = WAITING if zorg.removed else ACCEPTED
            yield from (Told(agb, wire, oordeel) for agb, wire in self._begin_and_end(zorg))
            for use in zorg.uses:
                yield from self._use(zorg, use, oordeel)
            for month in self._idle(zorg):
                yield from self._imagined(zorg, month, oordeel)

    def _begin_and_end(self, zorg: Zorg) -> Iterator[tuple[str, Wire]]:
        first, last = zorg.uses[0].aanbieder, zorg.uses[-1].aanbieder
        nummer = {"toewijzingNummer": zorg.nummer}
        if zorg.start_told:
            yield first, self._event(first, START, zorg.first, {**nummer, "begindatum": zorg.first})
        if self.dice.chance(IS_MISTAKEN):
            early, late = zorg.uses[0].begin, zorg.uses[0].eind
            # Not the day after, which may be a real start after a pause.
            never = early if early < zorg.first else late + 2 * DAY
            yield from self._struck(first, START, never, {**nummer, "begindatum": never})
        for pause in zorg.pauses:
            forever = self.dice.chance(0.4)
            stop = {**nummer, "einddatum": pause, "reden": "23" if forever else "20"}
            yield first, self._event(first, STOP, pause, stop)
            if forever:
                yield first, self._event(first, START, pause + DAY, {**nummer, "begindatum": pause + DAY})
        if zorg.stop_told and zorg.last:
            stop = {**nummer, "einddatum": zorg.last, "reden": self.dice.choice(("19", "21", "23"))}
            yield last, self._event(last, STOP, zorg.last, stop)
        elif self.dice.chance(3 * IS_MISTAKEN):
            yield from self._struck(
                last, STOP, zorg.first, {**nummer, "einddatum": zorg.first, "reden": "19"}
            )

    def _struck(self, agb: str, kind: str, day: date, content: Wire) -> Iterator[tuple[str, Wire]]:
        """Something reported by mistake, and that it was one (iWmo StatusAanlevering 3)."""
        wire = self._event(agb, kind, day, content)
        yield agb, wire
        later = min(datetime.fromisoformat(wire["time"]) + timedelta(hours=1), self.city.clock)
        yield agb, self._at(later, agb, kind, {**content, "vervallen": True})

    def _use(self, zorg: Zorg, use: Use, oordeel: str) -> Iterator[Told]:
        dice, agb = self.dice, use.aanbieder
        content = self._content(zorg, use.referentie_nummer, use.begin, use.eind, use.volume)
        wire = self._at(use.declared, agb, USE, content)
        yield Told(agb, wire, oordeel)
        if dice.chance(SAYS_AGAIN):
            yield Told(agb, self._at(self._after(use.declared), agb, USE, content), TWICE)
        if dice.chance(IS_TAKEN_BACK):
            yield from self._taken_back(zorg, use.begin, use.eind, oordeel)
        if dice.chance(IS_WRONG) and not zorg.removed:
            yield self._nonsense(zorg, use, use.begin, use.eind)

    def _idle(self, zorg: Zorg) -> Iterator[Month]:
        """The months in which a service was not given, though it went on."""
        used = {month_of(use.begin) for use in zorg.uses}
        last = min(zorg.last or date.max, local_day(self.city.clock))
        if zorg.given.categorie not in AIDS:
            yield from (Month(m) for m in range(min(used), month_of(last) + 1) if m not in used)

    def _imagined(self, zorg: Zorg, month: Month, oordeel: str) -> Iterator[Told]:
        """Of a month without care: declared by mistake and taken back, or declared so that it must be refused."""
        if self.dice.chance(IS_IMAGINED):
            yield from self._taken_back(zorg, *zorg.days_in(month), oordeel)
        elif self.dice.chance(IS_IMAGINED) and not zorg.removed:
            yield self._nonsense(zorg, zorg.uses[0], *zorg.days_in(month))

    def _nonsense(self, zorg: Zorg, use: Use, begin: date, eind: date) -> Told:
        wrong = self._content(zorg, f"F{next(self.numbers):08d}", begin, eind, use.volume)
        event = self._at(self._after(use.declared), use.aanbieder, USE, wrong)
        made = nonsense.made_of(
            event, use.referentie_nummer, zorg, self.city.aanbieders, self.others, self.dice
        )
        return Told(use.aanbieder, *made)

    def _taken_back(self, zorg: Zorg, begin: date, eind: date, oordeel: str) -> Iterator[Told]:
        """A declaration by mistake, of days that the toewijzing allows, and its withdrawal (IV091)."""
        agb = zorg.uses[0].aanbieder
        number = f"W{next(self.numbers):08d}"
        told = self._event(agb, USE, eind, self._content(zorg, number, begin, eind, 1))
        yield Told(agb, told, oordeel)
        back = {
            "toewijzingNummer": zorg.nummer,
            "referentieNummer": f"W{next(self.numbers):08d}",
            "vorigReferentieNummer": number,
        }
        taken_back = self._at(self._after(datetime.fromisoformat(told["time"])), agb, WITHDRAWAL, back)
        yield Told(agb, taken_back, ACCEPTED)

    def _content(self, zorg: Zorg, number: str, begin: date, eind: date, volume: int) -> Wire:
        eenheid, tarief = EENHEDEN.get(zorg.given.categorie, ("84", 2_500))
        minutes = eenheid == "01"
        amount = volume * 60 if minutes else volume
        return {
            "referentieNummer": number,
            "toewijzingNummer": zorg.nummer,
            "productcategorie": zorg.given.categorie,
            "begindatum": begin,
            "einddatum": eind,
            "volume": amount,
            "eenheid": eenheid,
            "tariefCent": tarief,
            "bedragCent": volume * tarief,
        }

    def _event(self, agb: str, kind: str, day: date, content: Wire) -> Wire:
        """An event told some days after a day, before the clock."""
        told = midnight(day) + timedelta(minutes=self.dice.randint(600, 10_000))
        latest = self.city.clock - timedelta(minutes=self.dice.randint(61, 900))
        return self._at(min(told, latest), agb, kind, content)

    def _after(self, declared: datetime) -> datetime:
        return self.dice.moment(declared + timedelta(seconds=1), self.city.clock)

    def _at(self, moment: datetime, agb: str, kind: str, content: Wire) -> Wire:
        dated = {name: v.isoformat() if isinstance(v, date) else v for name, v in content.items()}
        return {
            "specversion": "1.0",
            "id": str(self.dice.uuid()),
            "source": f"urn:nld:agb:{agb}:systeem:ecd",
            "type": kind,
            "time": format_moment(moment),
            "datacontenttype": "application/json",
            "data": {"aanbieder": agb, **dated},
        }
