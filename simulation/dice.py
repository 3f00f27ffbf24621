"""Chance, and everything that is drawn by it: the same seed draws the same, in any year and on any machine."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

Thing = TypeVar("Thing")


class Dice(Random):
    """A seeded random that also draws ids, days and moments."""

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self.random() < probability

    def one_of(self, weights: Mapping[Thing, float]) -> Thing:
        """One of these, each as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def uuid(self) -> UUID:
        """An id."""
        return UUID(int=self.getrandbits(128), version=4)

    def day(self, first: date, last: date) -> date:
        """A day of these, both included; the first where they are none."""
        return first + timedelta(days=self.randint(0, max(0, (last - first).days)))

    def moment(self, first: datetime, last: datetime) -> datetime:
        """A moment between these, on a whole second; the first where there is none."""
        return first + timedelta(seconds=self.randint(0, max(0, int((last - first).total_seconds()))))
