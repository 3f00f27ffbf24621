"""What the page shows, and how: small counts hidden, figures by 1,000 inhabitants, five steps from little to much."""

import math
import textwrap
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from services.reporting.domain.cijfers import Cijfers, Rij
from shared.contracts.types import Oplossing
from shared.gemeente import Gemeente

KLEIN_MAX = 4
"""Counts from 1 up to this may say something of one person, and are not shown."""
KLASSEN = 5
NAAM_REGEL_MAX = 12
MOOI = (1, 2, 2.5, 5, 10)
"""What the steps of a scale may begin with."""


class Figuur(NamedTuple):
    """A figure of the page: what it says, and how many people or bijdragen it is about, by which it may be hidden."""

    waarde: Callable[[Cijfers], int]
    aantal: Callable[[Cijfers], int]


def _telling(waarde: Callable[[Cijfers], int]) -> Figuur:
    return Figuur(waarde, waarde)


FIGUREN: Mapping[str, Figuur] = {
    "meldingen": _telling(lambda cijfers: cijfers.meldingen),
    "clienten": _telling(lambda cijfers: cijfers.clienten),
    "gebruik": _telling(lambda cijfers: cijfers.gebruik),
    "bijdragen": _telling(lambda cijfers: cijfers.bijdragen),
    "bedrag": Figuur(lambda cijfers: cijfers.bijdragen_cent, lambda cijfers: cijfers.bijdragen),
}
"""The figures of the page by name; `bedrag` is in eurocents."""


def oplossing(naam: Oplossing) -> Figuur:
    """The figure of one rung of support."""
    return _telling(lambda cijfers: cijfers.oplossingen[naam])


class Verborgen(Enum):
    """Why a figure is not shown."""

    KLEIN = "a count from 1 to 4"
    WEINIG = "about fewer than five clients or bijdragen, or by it another hidden one could be computed"


Getoond: TypeAlias = int | Verborgen
"""A figure as it may be shown."""


def kolom(rijen: Sequence[Cijfers], figuur: Figuur) -> list[Getoond]:
    """One figure of several wijken, as it may be shown.

    Where one alone is hidden, the least of the others is hidden too: else the total would tell it.
    """
    shown = [cel(cijfers, figuur) for cijfers in rijen]
    others = [(aantal, place) for place, aantal in enumerate(shown) if isinstance(aantal, int) and aantal]
    if sum(isinstance(one, Verborgen) for one in shown) == 1 and others:
        shown[min(others)[1]] = Verborgen.WEINIG
    return shown


def cel(cijfers: Cijfers, figuur: Figuur) -> Getoond:
    """One figure that stands by itself, as it may be shown."""
    waarde, aantal = figuur.waarde(cijfers), figuur.aantal(cijfers)
    if 0 < aantal <= KLEIN_MAX:
        return Verborgen.KLEIN if waarde == aantal else Verborgen.WEINIG
    return Verborgen.WEINIG if aantal and 0 < cijfers.clienten <= KLEIN_MAX else waarde


@dataclass(frozen=True)
class Tegel:
    """A wijk on the map: its place, its name in lines, its figure by 1,000 inhabitants, and how dark (1 to 5)."""

    kolom: int
    rij: int
    naam: tuple[str, ...]
    waarde: float | Verborgen | None
    klasse: int | None


@dataclass(frozen=True)
class Kaart:
    """The tile map of the latest division; `grenzen` are the figures at which a next, darker class begins."""

    kolommen: int
    rijen: int
    tegels: tuple[Tegel, ...]
    grenzen: tuple[float, ...]


def kaart(gemeente: Gemeente, rijen: Sequence[Rij], getoond: Sequence[Getoond]) -> Kaart:
    """The map of one figure; `getoond` is the column of that figure, one for each row."""
    by_wijk = {rij.waar: shown for rij, shown in zip(rijen, getoond, strict=True)}
    jaar = max((wijk.jaar for wijk in gemeente.wijken if wijk.tegel), default=0)
    wijken = [(wijk, wijk.tegel) for wijk in gemeente.wijken if wijk.jaar == jaar and wijk.tegel]
    values = [_per_duizend(by_wijk[wijk.id], wijk.inwoners) for wijk, _ in wijken]
    grenzen = _grenzen([value for value in values if isinstance(value, float) and value > 0])
    left = min((place[0] for _, place in wijken), default=0)
    top = min((place[1] for _, place in wijken), default=0)
    tegels = tuple(
        Tegel(
            place[0] - left,
            place[1] - top,
            tuple(textwrap.wrap(wijk.naam, NAAM_REGEL_MAX, break_long_words=False)),
            value,
            bisect_right(grenzen, value) + 1 if isinstance(value, float) else None,
        )
        for (wijk, place), value in zip(wijken, values, strict=True)
    )
    return Kaart(
        1 + max((tegel.kolom for tegel in tegels), default=0),
        1 + max((tegel.rij for tegel in tegels), default=0),
        tegels,
        grenzen,
    )


def _per_duizend(aantal: Getoond, inwoners: int | None) -> float | Verborgen | None:
    """Rounded as it is told, so that no tile has another colour than its number says."""
    if isinstance(aantal, Verborgen):
        return aantal
    return round(1000 * aantal / inwoners, 1) if inwoners else None


def _grenzen(values: Sequence[float]) -> tuple[float, ...]:
    """Round figures that part these into five classes, equally wide but for the first and the last.

    A class is never narrower than a 25th of the highest figure: what hardly differs looks alike.
    """
    low, high = min(values, default=1.0), max(values, default=5.0)
    least = max((high - low) / KLASSEN, high / 25)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(first * power for first in MOOI if first * power >= least * (1 - 1e-9))
    first = math.floor(low / step + 1e-9) + 1
    return tuple(round((first + number) * step, 9) for number in range(KLASSEN - 1))
