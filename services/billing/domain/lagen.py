"""Which settings hold for which month: a definitive month keeps those it was closed with."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.billing.domain.bijdrage import Bepaling, bepaal
from services.billing.domain.feiten import Feiten
from services.billing.domain.regels import Regels
from shared.kalender import Month


@dataclass(frozen=True)
class Lagen:
    """The settings in force, `huidig`; and before them those of closed months, each up to and including a month."""

    huidig: Regels
    gesloten: Sequence[tuple[Month, Regels]] = ()

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
        return sorted(found, key=lambda b: (b.huishouden_id, b.maand))


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
    return Lagen(huidig, found[::-1])
