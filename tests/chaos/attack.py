"""Which faults come in which order, at which points of the play; and what each came to."""

import asyncio
import math
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.chaos.faults import Fault
from tests.chaos.system import RECOVERY_SECONDS_MAX, System
from tests.process import POLL_SECONDS

SECONDS_A_FAULT = 8.5
"""In two minutes each of the faults comes once."""
AT_ONCE = 0.3
"""The part of the faults that the next one does not wait for."""


class Planned(NamedTuple):
    """A fault that comes when `part` of the play is over; `chance` decides at whom and for how long."""

    fault: Fault
    part: float
    chance: float
    recovers: bool


@dataclass(frozen=True)
class Injected:
    """A fault that has been: what it did and met, and how long the system took to recover.

    `recovery_seconds` is None where it took longer than it is waited for, and where that was not waited for at all.
    """

    name: str
    what: str
    met: int
    waited: bool
    recovery_seconds: float | None

    @property
    def not_recovered(self) -> bool:
        """Whether it was waited for in vain."""
        return self.waited and self.recovery_seconds is None


def chance_of(seed: float) -> random.Random:
    """The same seed, the same chances."""
    return random.Random(seed)  # noqa: S311 - a seed is the point


def order(seed: int, minutes: float, faults: Sequence[Fault]) -> list[Planned]:
    """The faults of a seed: each of them once in some order, before any of them comes again."""
    chance, count = chance_of(seed), max(1, round(minutes * 60 / SECONDS_A_FAULT))
    rounds = [chance.sample(faults, len(faults)) for _ in range(-(-count // len(faults)))]
    chosen = [fault for each in rounds for fault in each][:count]
    return [
        Planned(fault, place / count, chance.random(), chance.random() >= AT_ONCE)
        for place, fault in enumerate(chosen)
    ]


class Course:
    """How far the play and the attack are. The clock of the play stands still while it is ahead of the attack."""

    def __init__(self, seconds: float, faults: int) -> None:
        self._seconds, self._faults = seconds, faults
        self._asked, self._passed_seconds = time.monotonic(), 0.0
        self._played, self._next_part = 0.0, 0.0
        self.playing: asyncio.Task[None] | None = None

    def note(self, done: int, total: int) -> None:
        """So much of the play is done."""
        self._played = done / total

    def pace(self) -> float:
        """The part of the play that may have begun, by its clock."""
        now = time.monotonic()
        if self._played < self._next_part:
            self._passed_seconds += now - self._asked
        self._asked = now
        return self._passed_seconds / self._seconds

    async def reached(self, part: float) -> None:
        """Wait for the part of the play after which a fault comes. Raises what broke the play off."""
        self._next_part = part + 1 / self._faults
        while self._played < part and not (self.playing and self.playing.done()):  # noqa: ASYNC110 - others change it
            await asyncio.sleep(POLL_SECONDS)
        if self.playing and self.playing.done():
            self.playing.result()

    def let_go(self) -> None:
        """No fault comes any more: nothing holds the play back, also where all of it is done before its time."""
        self._next_part = math.inf


async def attack(
    system: System, planned: Sequence[Planned], course: Course, say: Callable[[str], None]
) -> list[Injected]:
    """One fault after the other, none before its part of the play is reached; what each came to."""
    injected = []
    for fault, part, chance, recovers in planned:
        await course.reached(part)
        done = await fault(system, chance_of(chance))
        await system.pick_up()
        seconds = await system.recovered() if recovers else None
        injected.append(one := Injected(fault.__name__, done.what, done.met, recovers, seconds))
        recovery = "" if seconds is None else f"; recovered in {seconds:.1f} s"
        recovery = f"; NOT RECOVERED within {RECOVERY_SECONDS_MAX:.0f} s" if one.not_recovered else recovery
        say(f"{one.name}: {one.what}{recovery}")
    course.let_go()
    return injected


def summary(injected: Sequence[Injected]) -> dict[str, dict[str, Any]]:
    """By fault: how often it came and met something, how much, how often recovery was waited for, and came to what.

    The median and the longest are in seconds, of those that recovered in time; `notRecovered` are the others.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({one.name for one in injected}):
        own = [one for one in injected if one.name == name]
        recoveries = [one.recovery_seconds for one in own if one.recovery_seconds is not None]
        found[name] = {
            "times": len(own),
            "timesMet": sum(one.met > 0 for one in own),
            "met": sum(one.met for one in own),
            "waitedFor": sum(one.waited for one in own),
            "notRecovered": sum(one.not_recovered for one in own),
            "medianRecoverySeconds": round(statistics.median(recoveries), 1) if recoveries else None,
            "longestRecoverySeconds": round(max(recoveries), 1) if recoveries else None,
        }
    return found


def in_words(name: str, one: Mapping[str, Any]) -> str:
    """A line of a summary."""
    parts = [f"  {name}: {one['times']} times, {one['timesMet']} of them met something ({one['met']})"]
    recovered = one["waitedFor"] - one["notRecovered"]
    parts.append(f"recovery measured {recovered} of {one['times']} times")
    if recovered:
        parts[-1] += f", median {one['medianRecoverySeconds']} s, longest {one['longestRecoverySeconds']} s"
    if one["notRecovered"]:
        parts.append(f"DID NOT RECOVER within {RECOVERY_SECONDS_MAX:.0f} s: {one['notRecovered']} times")
    return "; ".join(parts)
