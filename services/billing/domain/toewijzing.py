"""What a toewijzing is, of all that was said of it, and what fits in it.

The version decided latest is the current one and decides everything but fitting: a use fits in any version
that was ever known (iWmo IV013: the moment of decision counts, never that of sending).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, KeysView, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import accumulate
from uuid import UUID

from services.billing.domain.faults import Fault


@dataclass(frozen=True, slots=True)
class Versie:
    """One saying of a toewijzing: by which event, decided when, and what it says.

    `inhoud` is the canonical data of its event; `verwijderd` marks a removal (RedenWijziging 13). `traceparent` is the
    trace of the melding that it goes back to; no rule reads it.
    """

    nummer: int
    toegewezen_op: datetime
    time: datetime
    source: str
    event_id: str
    inhoud: str
    verwijderd: bool
    client_id: UUID
    aanbieder: str | None
    categorie: str
    productcode: str | None
    ingangsdatum: date
    einddatum: date | None
    leveringsvorm: str
    kostprijs_cent: int | None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Tijdvakken:
    """The periods of versions, by first day, each with the last day of all that begin no later."""

    starts: tuple[date, ...]
    ends: tuple[date, ...]

    def one_contains(self, begin: date, eind: date) -> bool:
        """Whether all these days lie within some one period."""
        index = bisect_right(self.starts, begin) - 1
        return index >= 0 and eind <= self.ends[index]

    @staticmethod
    def of(versies: Iterable[Versie]) -> "Tijdvakken":
        """The periods of these versions; one without an einddatum is open."""
        periods = sorted((versie.ingangsdatum, versie.einddatum or date.max) for versie in versies)
        ends = accumulate((end for _, end in periods), max)
        return Tijdvakken(tuple(start for start, _ in periods), tuple(ends))


@dataclass(frozen=True)
class Toewijzing:
    """A toewijzing as known: `huidig` is its current version, `gegeven` the earliest event that gave it.

    `versies` are the versions in which a use may fit: one per moment of decision, no removals. While `huidig`
    is a removal, it is as if it had never been given. `is_contradicted`: something else was said under one moment of decision.
    """

    huidig: Versie
    versies: tuple[Versie, ...]
    gegeven: Versie
    is_contradicted: bool = False

    @property
    def aanbieders(self) -> KeysView[str | None]:
        """Every provider that some known version names."""
        return self.tijdvakken.keys()

    @cached_property
    def tijdvakken(self) -> Mapping[str | None, Mapping[str, Tijdvakken]]:
        """The periods of the known versions, by aanbieder and productcategorie."""
        found: dict[str | None, dict[str, list[Versie]]] = defaultdict(lambda: defaultdict(list))
        for versie in self.versies:
            found[versie.aanbieder][versie.categorie].append(versie)
        return {
            aanbieder: {categorie: Tijdvakken.of(versies) for categorie, versies in kinds.items()}
            for aanbieder, kinds in found.items()
        }


def settle(sayings: Iterable[Versie]) -> Toewijzing:
    """The toewijzing of all sayings (one at least) about one number.

    Of two with one moment of decision the later recorded counts (then the higher source, id, content).
    """
    ordered = sorted(sayings, key=lambda v: (v.toegewezen_op, v.time, v.source, v.event_id, v.inhoud))
    per_moment = {versie.toegewezen_op: versie for versie in ordered}
    giving = [versie for versie in ordered if not versie.verwijderd]
    return Toewijzing(
        huidig=ordered[-1],
        versies=tuple(versie for versie in per_moment.values() if not versie.verwijderd),
        gegeven=min(giving, key=lambda v: (v.time, v.source, v.event_id), default=ordered[-1]),
        is_contradicted=len({(v.toegewezen_op, v.inhoud) for v in ordered}) > len(per_moment),
    )


def misfit(
    toewijzing: Toewijzing | None, aanbieder: str, categorie: str, begin: date, eind: date
) -> Fault | None:
    """Why a use does not fit in the toewijzing it names, or None where it fits."""
    if toewijzing is None or toewijzing.huidig.verwijderd:
        return ONBEKEND
    own = toewijzing.tijdvakken.get(aanbieder, {})
    same = own.get(categorie)
    within = same is not None and same.one_contains(begin, eind)
    return judge_fit(own=bool(own), same_kind=same is not None, within=within)


def judge_fit(*, own: bool, same_kind: bool, within: bool) -> Fault | None:
    """The verdict on a use of a known toewijzing, from what some one version of it has in common with it."""
    if not own:
        return Fault(
            "andere-aanbieder", "data.toewijzingNummer", "Deze toewijzing is niet van deze aanbieder."
        )
    if not same_kind:
        return Fault("andere-productcategorie", "data.productcategorie", "De toewijzing is voor andere zorg.")
    if not within:
        return Fault("buiten-toewijzing", "data.begindatum", "De dagen vallen buiten de toewijzing.")
    return None


ONBEKEND = Fault("toewijzing-onbekend", "data.toewijzingNummer", "Deze toewijzing is (nog) niet bekend.")


@dataclass(frozen=True, slots=True)
class Melding:
    """A provider's word that care began or ended on `datum`; `vervallen`: that this was a mistake."""

    aanbieder: str
    datum: date
    time: datetime
    source: str
    event_id: str
    vervallen: bool
    reden: str | None = None


TIJDELIJK = "20"


def left_of(meldingen: Sequence[Melding]) -> list[Melding]:
    """The starts, or the stops, of one toewijzing that no mistake strikes.

    A mistake strikes every one of its provider and date that was not recorded later.
    """
    struck: dict[tuple[str, date], datetime] = {}
    for melding in meldingen:
        if melding.vervallen:
            key = (melding.aanbieder, melding.datum)
            struck[key] = max(melding.time, struck.get(key, melding.time))
    return [
        m
        for m in meldingen
        if not m.vervallen
        and not ((m.aanbieder, m.datum) in struck and m.time <= struck[m.aanbieder, m.datum])
    ]


def deciding_stop(starts: Sequence[Melding], stops: Sequence[Melding]) -> date | None:
    """The day on which care ended, of the starts and stops left; None where it goes on.

    The stop recorded last decides, unless it is temporary or a start begins after it.
    """
    if not stops:
        return None
    last = max(stops, key=lambda m: (m.time, m.source, m.event_id))
    if last.reden == TIJDELIJK or any(start.datum > last.datum for start in starts):
        return None
    return last.datum


def ends_before_it_begins(starts: Sequence[Melding], stops: Sequence[Melding], ingangsdatum: date) -> bool:
    """Whether every stop left lies before every start left, or without a start before the toewijzing begins."""
    begin = min((start.datum for start in starts), default=ingangsdatum)
    return bool(stops) and max(stop.datum for stop in stops) < begin
