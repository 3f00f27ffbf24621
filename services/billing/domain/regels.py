"""What law and municipality settle for the contribution: tariffs, grondslag and exemptions, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.kalender import Month, parse_month

Grondslag = Literal["gebruik", "levering", "beschikking"]

ROLSTOEL = "11"
EIGEN_REGIME = frozenset({"15", "16", "17", "18"})
HULPMIDDELEN = frozenset({"12", "13", "14"})
"""Aids and home adaptations: declared once, used daily, and capped by their kostprijs (ub 3.10b)."""
NOT_DUE = 0


def _landelijk() -> dict[Month, int]:
    """The national tariff per month in cents (Wmo 2015 art. 2.1.4a(4)); April and May 2020 not due (ub 3.8(3)i)."""
    per_year = {2020: 1900, 2021: 1900, 2022: 1900, 2023: 1900, 2024: 2060, 2025: 2100, 2026: 2180}
    tarief = {Month(year * 12 + month): cent for year, cent in per_year.items() for month in range(12)}
    tarief[parse_month("2020-04")] = tarief[parse_month("2020-05")] = NOT_DUE
    return tarief


@dataclass(frozen=True)
class Regels:
    """The settings of the rule. A month without a tariff is undetermined, never guessed."""

    tarief_cent: Mapping[Month, int] = field(default_factory=_landelijk)
    vrije_categorieen: frozenset[str] = frozenset()
    vrije_producten: frozenset[str] = frozenset()

    def counts(self, categorie: str, productcode: str | None) -> bool:
        """Rule 2: whether care of this kind bears the contribution at all."""
        return not (
            categorie == ROLSTOEL
            or categorie in EIGEN_REGIME
            or categorie.startswith("J")
            or categorie in self.vrije_categorieen
            or productcode in self.vrije_producten
        )

    def grondslag(self, categorie: str, leveringsvorm: str) -> Grondslag:
        """By what a toewijzing is in use in a month: each delivery, the delivered thing, or the decision."""
        if leveringsvorm == "pgb":
            return "beschikking"
        return "levering" if categorie in HULPMIDDELEN else "gebruik"
