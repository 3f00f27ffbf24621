"""What a toewijzing is, of all that was said of it, and what fits in it.

The version decided latest is the current one and decides everything but fitting: a use fits in any version
that was ever known (iWmo IV013: the moment of decision counts, never that of sending).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.billing.domain.faults import Fault


@dataclass(frozen=True, slots=True)
class Versie:
    """One saying of a toewijzing: by which event, decided when, and what it says.

    `inhoud` is the canonical data of its event; `verwijderd` marks a removal (RedenWijziging 13).
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

    def contains(self, begin: date, eind: date) -> bool:
        """Whether all days of a period lie within this version."""
        return self.ingangsdatum <= begin and (self.einddatum is None or eind <= self.einddatum)


@dataclass(frozen=True, slots=True)
class Toewijzing:
    """A toewijzing as known: `huidig` is its current version, `gegeven` the earliest event that gave it.

    `versies` are the versions in which a use may fit: one per moment of decision, no removals. While `huidig`
    is a removal, it is as if it had never been given.
    """

    huidig: Versie
    versies: tuple[Versie, ...]
    gegeven: Versie

    @property
    def aanbieders(self) -> frozenset[str | None]:
        """Every provider that some known version names."""
        return frozenset(versie.aanbieder for versie in self.versies)


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
    )


def misfit(
    toewijzing: Toewijzing | None, aanbieder: str, categorie: str, begin: date, eind: date
) -> Fault | None:
    """Why a use does not fit in the toewijzing it names, or None where it fits."""
    if toewijzing is None or toewijzing.huidig.verwijderd:
        return ONBEKEND
    own = [versie for versie in toewijzing.versies if versie.aanbieder == aanbieder]
    same = [versie for versie in own if versie.categorie == categorie]
    return judge_fit(own=bool(own), same_kind=bool(same), within=any(v.contains(begin, eind) for v in same))


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
