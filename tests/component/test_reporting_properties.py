"""Any order, duplication and batching of any events gives the figures of a plain recomputation."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from local import Backends
from tests.component.figures import Figures
from tests.component.properties import FEW, MANY, SEEDS, Bench, bench_of
from tests.component.reported import MONTHS, event_lists
from tests.component.reporting import Reporting, reporting_on, topic_of

Wire = dict[str, Any]


@pytest.fixture(scope="module")
def bench(backends: Backends) -> Iterator[Bench[Reporting]]:
    """Reporting on a database for all examples."""
    with bench_of(backends, "reporting", reporting_on, _check) as own:
        yield own


@FEW
@given(events=event_lists(), seed=SEEDS)
def test_any_order_and_batching_gives_the_figures_of_the_whole_set(
    bench: Bench[Reporting], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)


@pytest.mark.long
@MANY
@given(events=event_lists(), seed=SEEDS)
def test_any_order_and_batching_gives_the_figures_of_the_whole_set_two_thousand_times(
    bench: Bench[Reporting], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)


async def _check(reporting: Reporting, events: list[Wire], chance: random.Random) -> None:
    await reporting.clear()
    for topic, batch in _batches(events, chance):
        await reporting.handle(topic, *batch)
    assert not await reporting.pool.fetch("select * from dead_letter")
    figures = Figures(events)
    van, tot = sorted(chance.choices(MONTHS, k=2))
    await _same(reporting, figures, van, tot)
    await _same(reporting, figures, MONTHS[0], MONTHS[-1])


async def _same(reporting: Reporting, figures: Figures, van: str, tot: str) -> None:
    answer = await reporting.figures(van, tot)
    rows, whole = figures.answer(van, tot)
    assert answer["totaal"] == whole
    assert rows_of(answer) == rows


def rows_of(answer: Wire) -> dict[Any, Wire]:
    """The rows of an answer that have figures, by wijk, without what is not counted."""
    return {
        (row["jaar"], row["code"]) if row["code"] else None: {name: row[name] for name in answer["totaal"]}
        for row in answer["wijken"]
        if row["maanden"] or row["code"] is None
    }


def _batches(events: list[Wire], chance: random.Random) -> Iterator[tuple[str, list[Wire]]]:
    """Batches of one topic each, in any order."""
    logs: dict[str, list[Wire]] = {}
    for event in chance.sample(events, len(events)):
        logs.setdefault(topic_of(event), []).append(event)
    size = chance.choice((1, 3, 20))
    while logs:
        topic = chance.choice(sorted(logs))
        taken = chance.randint(1, size)
        yield topic, logs[topic][:taken]
        del logs[topic][:taken]
        if not logs[topic]:
            del logs[topic]
