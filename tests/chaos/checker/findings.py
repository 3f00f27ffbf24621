"""What is found not to hold."""

from dataclasses import dataclass, field
from typing import Any

SHOWN = 10
"""Of each kind of finding so many are named; all are counted."""


@dataclass
class Findings:
    """What does not hold, in words: what is lost, what is there twice, and what is wrong."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        """Whether every promise holds that was checked."""
        return not (self.lost or self.double or self.wrong)

    def summary(self) -> dict[str, Any]:
        """How many of each, and the first of them."""
        kinds = {"lost": self.lost, "double": self.double, "wrong": self.wrong}
        counts = {kind: len(found) for kind, found in kinds.items()}
        return counts | {"found": {kind: found[:SHOWN] for kind, found in kinds.items() if found}}
