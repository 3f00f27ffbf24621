"""Which settings hold for which month: a definitive month keeps those it was closed with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from services.billing.domain.bijdrage import IN_USE, Bepaler, Bepaling
from services.billing.domain.feiten import Feiten
from services.billing.domain.regels import Regels
from shared.kalender import Month


class Bepaald(NamedTuple):
    """What the rule says: of households by month, and the clients and months whose care no household owes for."""

    bepalingen: list[Bepaling]
    nergens: set[tuple[UUID, Month]]


@dataclass(frozen=True)
class Lagen:
    """The settings in force, `huidig`; and before them those of closed months, each up to and including a month."""

    huidig: Regels
    gesloten: tuple[tuple[Month, Regels], ...] = ()

    def of(self, maand: Month) -> Regels:
        """The settings that hold for a month."""
        for tot, regels in self.gesloten:
            if maand <= tot:
                return regels
        return self.huidig

    def bepaal(self, feiten: Feiten, horizon: Month) -> list[Bepaling]:
        """What is owed, each month by its own settings."""
        return self.bepaald(feiten, horizon).bepalingen

    def bepaald(self, feiten: Feiten, horizon: Month) -> Bepaald:
        """The rule, each month by its own settings: once for every layer (`bijdrage.Bepaler`)."""
        found = Bepaald([], set())
        van = Month(0)
        for tot, regels in (*self.gesloten, (horizon, self.huidig)):
            if van <= horizon:
                bepaler = Bepaler(feiten, min(tot, horizon), regels)
                found.bepalingen.extend(b for b in bepaler.bepalingen() if b.maand >= van)
                found.nergens.update(one for one in bepaler.nergens if one[1] >= van)
            van = Month(tot + 1)
        return found


def differing(
    bepalingen: Iterable[Bepaling],
    standen_cent: Mapping[tuple[UUID, Month], int],
    frozen: Mapping[UUID, Month],
) -> list[Bepaling]:
    """What the rule says otherwise than the ledger has, by household and month; not of months up to a frozen one.

    A month that was charged and in which there is no care any more fails by rule 1.
    """
    by_key = {(b.huishouden_id, b.maand): b for b in bepalingen}
    keys = sorted(key for key in {*by_key, *standen_cent} if key[1] > frozen.get(key[0], 0))
    said = (by_key.get(key) or Bepaling(*key, 0, IN_USE, ()) for key in keys)
    return [b for b in said if (b.bedrag_cent or 0) != standen_cent.get((b.huishouden_id, b.maand), 0)]


def lagen(huidig: Regels, gesloten: Sequence[tuple[Month, Regels]]) -> Lagen:
    """The layers of the settings in force and of closed months: a month, and those before it that have no row.

    Settings that say the same up to their month are one layer, so that as a rule the rule runs once.
    """
    found: list[tuple[Month, Regels]] = []
    upper = huidig
    for maand, regels in sorted(gesloten, key=lambda one: one[0], reverse=True):
        if not upper.say_the_same_until(regels, maand):
            found.append((maand, regels))
            upper = regels
    return Lagen(huidig, tuple(found[::-1]))
