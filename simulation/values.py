"""What a played city consists of. All of it is invented; nothing here knows how it is told, or what is owed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.gemeente import WijkId
from shared.kalender import DAY, Month, first_day

PGB = "pgb"
AIDS = ("12", "13", "14")
"""Productcategorieen of things: delivered and declared once, used daily (domain: WMO020)."""


@dataclass(frozen=True, slots=True)
class Adres:
    """Where someone lives."""

    postcode: str
    huisnummer: int
    wijk: WijkId


@dataclass(frozen=True, slots=True)
class Person:
    """A resident, or with `same_as` a second registration of one, found out on `found_out`.

    `last_day` is the last day of living here, `leaves_by` how that ended.
    """

    client_id: UUID
    voornamen: str
    achternaam: str
    born: date
    adres: Adres
    lives_from: date
    last_day: date | None = None
    leaves_by: str = ""
    same_as: UUID | None = None
    found_out: date | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """Who form a huishouden from `van` up to and including `tot`."""

    huishouden_id: UUID
    leden: tuple[UUID, ...]
    van: date
    tot: date | None = None

    def on(self, day: date) -> bool:
        """Whether it is there on a day."""
        return self.van <= day and (self.tot is None or day <= self.tot)


@dataclass(frozen=True, slots=True)
class Move:
    """A client moves within the city."""

    verhuizing_id: UUID
    client_id: UUID
    vanaf: date
    adres: Adres


@dataclass(frozen=True, slots=True)
class Exemption:
    """A vrijstelling that the gemeente gives for a huishouden or a client (exactly one), from `van` to `tot`.

    With `withdrawn` it was a mistake, taken back as if never given.
    """

    vrijstelling_id: UUID
    huishouden_id: UUID | None
    client_id: UUID | None
    for_all: bool
    pays_off: bool
    van: Month
    tot: Month | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a toewijzing says."""

    aanbieder: str | None
    categorie: str
    ingangsdatum: date
    leveringsvorm: str
    kostprijs_cent: int | None
    einddatum: date | None = None
    productcode: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A toewijzing becomes this; reden `13` removes it (iWmo RedenWijziging)."""

    datum: date
    reden: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Use:
    """What a provider really delivered in a period of one month, and when it declared that first."""

    aanbieder: str
    referentie_nummer: str
    begin: date
    eind: date
    volume: int
    declared: datetime


@dataclass(frozen=True, slots=True)
class Zorg:
    """The care under one toewijzing as it really went: from `first` to `last` (None: it lasts), used in `uses`.

    `start_told` and `stop_told`: the provider reports these days; where it does not, they follow from the
    period of the first use, the einddatum, or the end of living here.
    """

    nummer: int
    client_id: UUID
    given: Terms
    changes: tuple[Change, ...]
    first: date
    last: date | None
    uses: tuple[Use, ...]
    start_told: bool = False
    stop_told: bool = False
    pauses: tuple[date, ...] = ()

    @property
    def terms(self) -> Terms:
        """What the toewijzing says in the end."""
        return self.changes[-1].terms if self.changes else self.given

    @property
    def removed(self) -> bool:
        """Whether it was a mistake: as if never given."""
        return bool(self.changes) and self.changes[-1].reden == "13"

    def days_in(self, month: int) -> tuple[date, date]:
        """The first and last day of a month (one in which it goes on) that may be declared."""
        ends = (first_day(Month(month + 1)) - DAY, self.last or date.max, self.terms.einddatum or date.max)
        return max(first_day(Month(month)), self.given.ingangsdatum), min(ends)


@dataclass(frozen=True, slots=True)
class Decision:
    """The besluit on an aanvraag, and the plan that was made of it; `akkoord` None: no plan yet.

    `evaluated` is when the plan was looked at again, if it was.
    """

    beschikking: str
    besluit: str
    datum: date
    zorg: tuple[Zorg, ...]
    plan_id: UUID
    akkoord: bool | None
    evaluated: date | None


@dataclass(frozen=True, slots=True)
class Case:
    """One melding and what came of it, as far as it got before the clock.

    `needs` are the rungs of support that suffice, each with the productcategorie where it is maatwerk.
    """

    melding_id: UUID
    client_id: UUID
    datum: date
    kanaal: str
    spoed: bool
    klanthouder_id: UUID | None
    needs: tuple[tuple[str, str | None], ...]
    onderzoek: date | None
    aanvraag_id: UUID | None
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Circle:
    """People whose lives hang together, and everything that happens to them.

    The first case registers the first person, and the others that stand in his first home.
    """

    people: tuple[Person, ...]
    homes: tuple[Home, ...]
    cases: tuple[Case, ...]
    moves: tuple[Move, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    @property
    def zorg(self) -> Iterator[Zorg]:
        """All care of these people."""
        return (zorg for case in self.cases if case.decision for zorg in case.decision.zorg)

    def person(self, client_id: UUID) -> Person:
        """Who a client really is, also where he was registered twice."""
        (known,) = (person for person in self.people if person.client_id == client_id)
        return self.person(known.same_as) if known.same_as else known


@dataclass(frozen=True, slots=True)
class City:
    """A whole played city: `months` up to and including that of `clock`, the moment at which it is looked at.

    `elsewhere` is a postcode outside it.
    """

    seed: str
    elsewhere: str
    months: range
    clock: datetime
    klanthouders: Mapping[UUID, str]
    aanbieders: tuple[str, ...]
    circles: tuple[Circle, ...]

    @property
    def zorg(self) -> Iterator[Zorg]:
        """All care in the city."""
        return (zorg for circle in self.circles for zorg in circle.zorg)
