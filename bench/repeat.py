"""The same measurement several times: the middle one, the least and the most of each figure."""

import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any


def spread(figures: Sequence[float]) -> dict[str, float]:
    """The middle one of several figures, the least and the most."""
    found = {"median": statistics.median(figures), "least": min(figures), "most": max(figures)}
    return {name: round(figure, 3) for name, figure in found.items()}


async def repeated(once: Callable[[], Awaitable[Mapping[str, Any]]], times: int) -> dict[str, Any]:
    """Measure so many times; the spread of each figure that is a number, and in `runs` all that was measured."""
    runs = [await once() for _ in range(times)]
    figures = [name for name, figure in runs[0].items() if isinstance(figure, int | float)]
    return {name: spread([run[name] for run in runs]) for name in figures} | {"runs": runs}
