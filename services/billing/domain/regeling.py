"""Schemes: by which a household's contribution for a month is worked out, one function of facts and month each.

The rule (`bijdrage.py`) settles whether a month is owed, a scheme how much that is. Whatever law comes, it is one more
scheme here, with its own settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from services.billing.domain.maandreeks import Woonreeks
from shared.kalender import Month

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Betaler:
    """Who owes: a household, and in which household each of its people belongs through the months."""

    huishouden_id: UUID
    leden: Sequence[Woonreeks]

    def personen(self, maand: Month) -> int:
        """How many people it has on the first of a month."""
        return sum(woon.at(maand) == self.huishouden_id for woon in self.leden)


class Regeling(Protocol):
    """A scheme: what a household owes for a month in cents, 0 where that is not due, None where it is undetermined."""

    def __call__(self, betaler: Betaler, maand: Month) -> int | None:
        """What is owed for one month."""

    def until(self, maand: Month) -> "Regeling":
        """The same scheme, without what it says of months after this one."""


@dataclass(frozen=True)
class Vast:
    """The flat scheme: one tariff a month for everyone, whatever income or care (Wmo 2015 art. 2.1.4a lid 4)."""

    tarief_cent: Mapping[Month, int]

    def __call__(self, betaler: Betaler, maand: Month) -> int | None:  # noqa: ARG002 - the same for everyone
        """The tariff of the month; None where the table has no row for it."""
        return self.tarief_cent.get(maand)

    def until(self, maand: Month) -> "Vast":
        """The table up to and including a month."""
        return Vast({month: cent for month, cent in self.tarief_cent.items() if month <= maand})


@dataclass(frozen=True, slots=True)
class Inkomensgroep:
    """A part of the households, in a hundred, that is taken to have this income a year."""

    jaarinkomen_cent: int
    aandeel: int


@dataclass(frozen=True)
class Percentage:
    """Income-dependent: a percentage of the income above a threshold, with a least and a most, from a month on.

    No event tells an income: each household is counted to one of `inkomens`, by its id alone, so that the shares come
    out over many, and a trial gives the same answer twice. Of months before `vanaf` the flat scheme says what is owed.
    """

    voorheen: Vast
    vanaf: Month
    percentage: Decimal
    drempel_alleen_cent: int
    drempel_samen_cent: int
    minimum_cent: int
    maximum_cent: int
    inkomens: Sequence[Inkomensgroep]

    def __call__(self, betaler: Betaler, maand: Month) -> int | None:
        """A twelfth of the percentage of what the income is above the threshold, in whole cents, between the bounds."""
        if maand < self.vanaf:
            return self.voorheen(betaler, maand)
        drempel = self.drempel_alleen_cent if betaler.personen(maand) <= 1 else self.drempel_samen_cent
        above = max(0, self.jaarinkomen_cent(betaler.huishouden_id) - drempel)
        part = self.percentage * above / (100 * MONTHS_A_YEAR)
        return min(max(int(part.to_integral_value(ROUND_DOWN)), self.minimum_cent), self.maximum_cent)

    def until(self, maand: Month) -> "Regeling":
        """The same scheme; before it begins, the flat one."""
        return self.voorheen.until(maand) if maand < self.vanaf else self

    def jaarinkomen_cent(self, huishouden_id: UUID) -> int:
        """The income a year that this household is taken to have."""
        place = int.from_bytes(sha256(huishouden_id.bytes).digest()[:8]) % 100
        for groep in self.inkomens:
            place -= groep.aandeel
            if place < 0:
                break
        return groep.jaarinkomen_cent
