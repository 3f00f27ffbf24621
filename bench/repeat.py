"""The same measurement several times: the middle one, the least and the most of each figure."""

import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def spread(figures: Sequence[float]) -> dict[str, float]:
    """The middle one of several figures, the least and the most."""
    found = {"median": statistics.median(figures), "least": min(figures), "most": max(figures)}
    return {name: round(figure, 3) for name, figure in found.items()}


def in_turn(kinds: Sequence[Kind], turn: int) -> Sequence[Kind]:
    """These, every second time the other way about: whoever comes first finds everything cold."""
    return kinds if turn % 2 == 0 else kinds[::-1]


async def repeated(once: Callable[[int], Awaitable[Mapping[str, Any]]], times: int) -> dict[str, Any]:
    """Measure so many times, each told its number; the spread of each figure, and in `runs` all that was measured."""
    runs = [await once(turn) for turn in range(times)]
    figures = [name for name, figure in runs[0].items() if isinstance(figure, int | float)]
    return {name: spread([run[name] for run in runs]) for name in figures} | {"runs": runs}
