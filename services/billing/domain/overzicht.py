"""The statement: which lines of a household's ledger stand on it, and which wait for a person first.

The ledger is as the rule says; what is held is held off the statement only (the back-bill guard).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from services.billing.domain.cak import TOELICHTING_CAK
from services.billing.domain.maand import RESPIJT_DAGEN, grace_ends
from services.billing.domain.werk import Soort, uitleg
from shared.kalender import Month, format_month, local_month

KWIJTSCHELDING = "kwijtschelding"


@dataclass(frozen=True, slots=True)
class Grenzen:
    """How far a statement goes without a person, in months.

    `maanden_op_overzicht`: past months asked for in one month of sending. `teruggave`: how far back a refund (ub 3.6
    lid 6). `eerste_bijdrage`: how long after its month a first charge may be sent (ub 3.5 lid 4). `respijt_dagen`: the
    days after its end in which a month is not past.
    """

    maanden_op_overzicht: int = 3
    teruggave: int = 36
    eerste_bijdrage: int = 12
    respijt_dagen: int = RESPIJT_DAGEN

    def of(self, reden: Soort) -> int:
        """The limit that a month was held for."""
        return {
            "nabetaling": self.maanden_op_overzicht,
            "late-bijdrage": self.eerste_bijdrage,
            "oude-teruggave": self.teruggave,
        }[reden]

    def is_past(self, maand: Month, overzicht: Month, verzending: Month) -> bool:
        """Whether a statement asks for a month too late: any but its own, and that one after the month its grace ends in."""
        return maand != overzicht or verzending > _grace_ends_in(maand, self.respijt_dagen)


@lru_cache(maxsize=1000)
def _grace_ends_in(maand: Month, respijt_dagen: int) -> Month:
    return local_month(grace_ends(maand, respijt_dagen))


@dataclass(frozen=True, slots=True)
class Gevraagd:
    """For which months statements of a household asked before: any of them ever, and as past ones those sent this month."""

    ooit: frozenset[Month] = frozenset()
    nu: frozenset[Month] = frozenset()


@dataclass(frozen=True, slots=True)
class Regel:
    """A line of the ledger that stands on no statement yet; with the item of the work list that holds it, if one does.

    `vanaf` is the first statement that may carry it by a person's decision, None while that is open; `maanden_max` the
    limit that it was held for.
    """

    id: int
    maand: Month
    versie: int
    soort: str
    bedrag_cent: int
    regel: int
    wet: str
    werk_id: UUID | None = None
    reden: Soort | None = None
    vanaf: Month | None = None
    maanden_max: int | None = None


@dataclass(frozen=True, slots=True)
class Vastgehouden:
    """A month that is held off a statement, and why: by which limit; `werk_id` is None where it was not before."""

    maand: Month
    reden: Soort
    regels: tuple[Regel, ...]
    maanden_max: int | None
    werk_id: UUID | None = None

    @property
    def bedrag_cent(self) -> int:
        """What is not asked, or below zero not paid back, in cents."""
        return _net(self.regels)


@dataclass(frozen=True, slots=True)
class Overzicht:
    """A household's statement of one month: the lines that stand on it, and the months that are held off it."""

    maand: Month
    staat: tuple[Regel, ...]
    vastgehouden: tuple[Vastgehouden, ...]

    @property
    def gevraagd_cent(self) -> int:
        """What is asked in all, in cents; below zero what is paid back."""
        return _net(self.staat)

    @property
    def says_something(self) -> bool:
        """Whether there is anything on it that was on none before."""
        return bool(self.staat) or any(held.werk_id is None for held in self.vastgehouden)


def verdeel(
    regels: Iterable[Regel],
    maand: Month,
    verzending: Month,
    grenzen: Grenzen,
    gevraagd: Gevraagd = Gevraagd(),
) -> Overzicht:
    """What stands on the statement of `maand`, sent in month `verzending`, of lines that stand on none (by maand).

    Every line stands or is held, and those of one month together.
    """
    months = {month: tuple(lines) for month, lines in groupby(regels, key=lambda line: line.maand)}
    held: dict[Month, Vastgehouden] = {}
    asked: list[Month] = []
    for month, lines in months.items():
        items = [line for line in lines if line.werk_id is not None]
        waiting = next((i for i in items if i.vanaf is None or i.vanaf > maand), None)
        if waiting is not None and waiting.reden is not None:
            held[month] = Vastgehouden(month, waiting.reden, lines, waiting.maanden_max, waiting.werk_id)
        elif not items:
            reden = _held_first(_net(lines), month, verzending, grenzen, is_first=month not in gevraagd.ooit)
            if reden is not None:
                held[month] = Vastgehouden(month, reden, lines, grenzen.of(reden))
            elif _net(lines) > 0 and grenzen.is_past(month, maand, verzending):
                asked.append(month)
    if len(gevraagd.nu.union(asked)) > grenzen.maanden_op_overzicht:
        most = grenzen.maanden_op_overzicht
        held |= {month: Vastgehouden(month, "nabetaling", months[month], most) for month in asked}
    stands = tuple(line for month, lines in months.items() if month not in held for line in lines)
    return Overzicht(maand, stands, tuple(held[month] for month in sorted(held)))


def _held_first(
    net: int, month: Month, verzending: Month, grenzen: Grenzen, *, is_first: bool
) -> Soort | None:
    if net < 0 and month + grenzen.teruggave < verzending:
        return "oude-teruggave"
    if net > 0 and is_first and month + grenzen.eerste_bijdrage < verzending:
        return "late-bijdrage"
    return None


def _net(lines: Iterable[Regel]) -> int:
    return sum(line.bedrag_cent for line in lines)


def inhoud(huishouden_id: UUID, overzicht: Overzicht, opgemaakt_op: str, instellingen: str) -> dict[str, Any]:
    """The statement in words and amounts, as it is kept; `opgemaakt_op` is a date."""
    of_month = [line for line in overzicht.staat if line.maand == overzicht.maand]
    earlier = [line for line in overzicht.staat if line.maand != overzicht.maand]
    return {
        "huishoudenId": str(huishouden_id),
        "maand": format_month(overzicht.maand),
        "opgemaaktOp": opgemaakt_op,
        "bijdrage": {"bedragCent": _net(of_month), "regels": [_shown(line) for line in of_month]},
        "correcties": [_shown(line) for line in earlier if line.soort != KWIJTSCHELDING],
        "kwijtscheldingen": [_shown(line) for line in earlier if line.soort == KWIJTSCHELDING],
        "vastgehouden": [
            {
                "maand": format_month(held.maand),
                "bedragCent": held.bedrag_cent,
                "reden": held.reden,
                "uitleg": uitleg(held.reden, held.maanden_max),
            }
            for held in overzicht.vastgehouden
        ],
        "gevraagdCent": overzicht.gevraagd_cent,
        "toelichting": TOELICHTING_CAK,
        "instellingen": instellingen,
    }


def _shown(line: Regel) -> Mapping[str, Any]:
    return {
        "maand": format_month(line.maand),
        "versie": line.versie,
        "soort": line.soort,
        "bedragCent": line.bedrag_cent,
        "regel": line.regel,
        "wet": line.wet,
    }
