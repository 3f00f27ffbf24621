"""What law and municipality settle for the contribution rule: the scheme, grondslag and exemptions, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from services.billing.domain.regeling import Regeling
from shared.kalender import Month

Grondslag = Literal["gebruik", "levering", "beschikking"]
Vrij = Literal["rolstoel", "eigen-regime", "jeugd", "gemeente"]
"""Why a kind of support bears no contribution: what it is, or that the municipality has exempted it."""

CATEGORIEEN = tuple(f"{number:02d}" for number in range(1, 19))
"""The kinds of support (iWmo WMO020)."""
ANDERS = "anders"
"""In the settings: every productcategorie that is not named."""
ROLSTOEL = "11"
EIGEN_REGIME = frozenset({"15", "16", "17", "18"})
HULPMIDDELEN = frozenset({"12", "13", "14"})
"""Aids and home adaptations: declared once, used daily, and capped by their kostprijs (ub 3.10b)."""
NOT_DUE = 0


@dataclass(frozen=True)
class Regels:
    """The settings of the rule. `grondslagen` by leveringsvorm, and in it by productcategorie or for the others."""

    regeling: Regeling
    grondslagen: Mapping[str, Mapping[str, Grondslag]]
    vrije_categorieen: frozenset[str] = frozenset()
    vrije_producten: frozenset[str] = frozenset()
    eigen_wet: Mapping[Month, str] = field(default_factory=dict, compare=False)
    """Of months whose tariff is laid down elsewhere than that of others: by which article of law."""

    def counts(self, categorie: str, productcode: str | None) -> bool:
        """Rule 2: whether care of this kind bears the contribution at all."""
        return self.why_free(categorie, productcode) is None

    def why_free(self, categorie: str, productcode: str | None) -> Vrij | None:
        """Why care of this kind bears no contribution; None where it does."""
        if categorie == ROLSTOEL:
            return "rolstoel"
        if categorie in EIGEN_REGIME:
            return "eigen-regime"
        if categorie.startswith("J"):
            return "jeugd"
        if categorie in self.vrije_categorieen or productcode in self.vrije_producten:
            return "gemeente"
        return None

    def grondslag(self, categorie: str, leveringsvorm: str) -> Grondslag:
        """By what a toewijzing is in use in a month: each delivery, the delivered thing, or the decision."""
        per_categorie = self.grondslagen[leveringsvorm]
        return per_categorie.get(categorie, per_categorie[ANDERS])

    @property
    def lasting(self) -> list[tuple[str, str]]:
        """The leveringsvorm and productcategorie of support that goes on being in use without a new fact."""
        return [
            (vorm, categorie)
            for vorm in self.grondslagen
            for categorie in CATEGORIEEN
            if self.grondslag(categorie, vorm) != "gebruik"
        ]

    def say_the_same_until(self, other: "Regels", maand: Month) -> bool:
        """Whether both give every month up to and including this one the same amount, whatever the facts."""
        mine, its = (replace(one, regeling=one.regeling.until(maand)) for one in (self, other))
        return mine == its
