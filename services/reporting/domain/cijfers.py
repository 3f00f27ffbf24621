"""The figures of every wijk by month, folded from what was counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias, get_args

from shared.contracts.types import Oplossing
from shared.gemeente import Gemeente, WijkId
from shared.kalender import Month

CLIENTEN = "clienten"
OPLOSSINGEN: tuple[Oplossing, ...] = get_args(Oplossing)


class Elders(Enum):
    """Where figures belong that are of no one wijk."""

    ONBEKEND = "of nobody who had a wijk then"
    OVERAL = "of all wijken together"


Waar: TypeAlias = WijkId | Elders


class Telling(NamedTuple):
    """So many of `wat` in a wijk; `maand` is None for the whole range."""

    waar: Waar
    maand: Month | None
    wat: str
    aantal: int


@dataclass(frozen=True)
class Cijfers:
    """What happened somewhere, in a month or in a range of months.

    `clienten` are distinct clients with a melding or an accepted use, so that months and wijken do not add up;
    `bijdragen` are huishoudens and months with more than 0 to pay.
    """

    meldingen: int
    oplossingen: Mapping[Oplossing, int]
    clienten: int
    gebruik: int
    bijdragen: int
    bijdragen_cent: int


@dataclass(frozen=True)
class Rij:
    """One row of the figures: a wijk (or none, or all), over the range and by month."""

    waar: Waar
    naam: str
    inwoners: int | None
    cijfers: Cijfers
    maanden: Mapping[Month, Cijfers]


@dataclass(frozen=True)
class Overzicht:
    """A row for every wijk, what is unknown last; and the whole."""

    wijken: tuple[Rij, ...]
    totaal: Rij


def fold(gemeente: Gemeente, tellingen: Iterable[Telling]) -> Overzicht:
    """The figures. What is counted in a wijk and month adds up to every whole, but clients: they are counted at each."""
    counted: defaultdict[Waar, defaultdict[Month | None, Counter[str]]]
    counted = defaultdict(lambda: defaultdict(Counter))
    for waar, maand, wat, aantal in tellingen:
        if wat == CLIENTEN:
            counted[waar][maand][wat] = aantal
            continue
        for here in (waar, Elders.OVERAL):
            for then in (maand, None):
                counted[here][then][wat] += aantal

    def rij(waar: Waar, naam: str, inwoners: int | None = None) -> Rij:
        here = counted[waar]
        maanden = {maand: _cijfers(here[maand]) for maand in sorted(m for m in here if m is not None)}
        return Rij(waar, naam, inwoners, _cijfers(here[None]), maanden)

    rijen = [rij(wijk.id, wijk.naam, wijk.inwoners) for wijk in gemeente.wijken]
    others = {waar for waar in counted if isinstance(waar, WijkId)} - {wijk.id for wijk in gemeente.wijken}
    rijen += [rij(waar, waar.code) for waar in sorted(others)]
    if Elders.ONBEKEND in counted:
        rijen.append(rij(Elders.ONBEKEND, "onbekend"))
    inwoners = sum(wijk.inwoners or 0 for wijk in gemeente.wijken)
    return Overzicht(tuple(rijen), rij(Elders.OVERAL, gemeente.naam, inwoners))


def _cijfers(aantallen: Counter[str]) -> Cijfers:
    return Cijfers(
        meldingen=aantallen["meldingen"],
        oplossingen={oplossing: aantallen[oplossing] for oplossing in OPLOSSINGEN},
        clienten=aantallen[CLIENTEN],
        gebruik=aantallen["gebruik"],
        bijdragen=aantallen["bijdragen"],
        bijdragen_cent=aantallen["bijdragenCent"],
    )
