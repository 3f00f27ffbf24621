"""Which settings hold for which month: a definitive month keeps those it was closed with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.bijdrage import IN_USE, Bepaling, bepaal
from services.billing.domain.feiten import Feiten
from services.billing.domain.regels import Regels
from shared.kalender import Month


@dataclass(frozen=True)
class Lagen:
    """The settings in force, `huidig`; and before them those of closed months, each up to and including a month."""

    huidig: Regels
    gesloten: tuple[tuple[Month, Regels], ...] = ()

    def of(self, maand: Month) -> Regels:
        """The settings that hold for a month."""
        return next((regels for tot, regels in self.gesloten if maand <= tot), self.huidig)

    def bepaal(self, feiten: Feiten, horizon: Month) -> list[Bepaling]:
        """The rule, each month by its own settings: once for every layer (`bijdrage.bepaal`)."""
        found: list[Bepaling] = []
        van = Month(0)
        for tot, regels in (*self.gesloten, (horizon, self.huidig)):
            if van <= horizon:
                found += [b for b in bepaal(feiten, min(tot, horizon), regels) if b.maand >= van]
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
