"""How a service is tried with many sets of events: how many, and one database that is emptied between them."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import uvloop
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from local import Backends
from tests.conftest import own_database

Wire = dict[str, Any]
Part = TypeVar("Part")
Check = Callable[[Part, list[Wire], random.Random], Coroutine[Any, Any, None]]
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
HALF = settings(FEW, max_examples=100)
MANY = settings(FEW, max_examples=2_000, derandomize=False)
SEEDS = st.integers(0, 2**32)


def emptied(tables: str) -> str:
    """SQL that empties these: of tables with few rows much cheaper than `truncate`, which makes all their files anew."""
    return "; ".join(f"delete from {table}" for table in tables.split(", "))  # noqa: S608  their names are ours


@dataclass(frozen=True)
class Bench(Generic[Part]):
    """An event loop, a service that is emptied between examples, and what must hold of it."""

    runner: asyncio.Runner = field(repr=False)
    part: Part = field(repr=False)
    examine: Check[Part] = field(repr=False)

    def check(self, events: list[Wire], seed: int) -> None:
        """Deliver these in an order and in batches that follow from the seed, and see that all holds."""
        self.runner.run(self.examine(self.part, events, random.Random(seed)))  # noqa: S311  a seed is the point


@contextmanager
def bench_of(
    backends: Backends,
    service: str,
    on: Callable[[str], AbstractAsyncContextManager[Part]],
    examine: Check[Part],
) -> Iterator[Bench[Part]]:
    """A bench with this service on a database of its own, and the event loop that services have."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        database = own_database(backends, service)
        manager = on(runner.run(database.__aenter__()))
        try:
            yield Bench(runner, runner.run(manager.__aenter__()), examine)
        finally:
            runner.run(manager.__aexit__(None, None, None))
            runner.run(database.__aexit__(None, None, None))
