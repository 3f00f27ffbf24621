"""The facts the contribution is a function of, as the rule reads them: settled, aggregated, frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from shared.kalender import Month


@dataclass(frozen=True, slots=True)
class Gebruiksmaand:
    """The fitting uses of one toewijzing in one month.

    `eerste_begin` and `eerste_eind` are the period of the first of them (earliest begindatum, then
    einddatum), `laatste_dag` the last day of all, `vroegst` the earliest moment one was recorded.
    """

    maand: Month
    eerste_begin: date
    eerste_eind: date
    laatste_dag: date
    vroegst: datetime


@dataclass(frozen=True, slots=True)
class Zorg:
    """One toewijzing, by its current version, with what is known of its delivery.

    `gegeven_op` is the earliest moment at which an event that gave it was recorded; `starts` are the starts
    left after strikes, `stop` the stop that decides, if any; `gemeld` are the months in which any use has a
    day, also one taken back or not fitting. `stop_voor_start`: it was said to end before it began. `traceparent` is the
    trace of the melding that it goes back to; no rule reads it.
    """

    nummer: int
    client_id: UUID
    categorie: str
    productcode: str | None
    leveringsvorm: str
    ingangsdatum: date
    einddatum: date | None
    kostprijs_cent: int | None
    gegeven_op: datetime
    maanden: tuple[Gebruiksmaand, ...] = ()
    starts: tuple[date, ...] = ()
    stop: date | None = None
    gemeld: frozenset[Month] = frozenset()
    verwijderd: bool = False
    stop_voor_start: bool = False
    traceparent: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Lidmaatschap:
    """A client is named by a household from `van` up to and including `tot` (None: open)."""

    client_id: UUID
    huishouden_id: UUID
    van: date
    tot: date | None


@dataclass(frozen=True, slots=True)
class Vrijstelling:
    """An exemption in force, of a household or of a client; months inclusive, `tot_maand` None: open."""

    huishouden_id: UUID | None
    client_id: UUID | None
    voor_huishouden: bool
    telt_voor_kostprijs: bool
    van_maand: Month
    tot_maand: Month | None


@dataclass(frozen=True, slots=True)
class Feiten:
    """All facts of one closed circle of clients and households: nobody outside it can touch it."""

    zorg: Sequence[Zorg] = ()
    lidmaatschappen: Sequence[Lidmaatschap] = ()
    vrijstellingen: Sequence[Vrijstelling] = ()
    uitgeschreven_per: Mapping[UUID, date] = field(default_factory=dict)
    opgegaan_in: Mapping[UUID, UUID] = field(default_factory=dict)
