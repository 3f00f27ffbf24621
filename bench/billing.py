"""Billing's whole path beside the floor: the same records, broker and database server, one after the other."""

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from bench.path import ROOT, Progress, database, know_facts, measured, new_prefix, produce_uses
from bench.repeat import in_turn, spread
from local import Backends
from shared.contracts.contract import GEBRUIK
from shared.messaging import topics

KINDS = ("each", "bare", "floor", "billing")
EACH_EVENTS = 3_000


async def measure(backends: Backends, count: int, repeat: int, progress: Progress) -> dict[str, Any]:
    """Billing's whole path beside the bare floor, the floor and a record a transaction (see `floor.py`).

    All read the same `count` records from Kafka (a record a transaction: the first 3,000 of them), `repeat` times anew, in one run on one broker and database server:
    the floors to their last commit, billing until every use is judged, every household determined and every
    verdict and line sent. Rates in events a second and processor seconds a million events; `ratios` of the same
    repetition, as median, least and most. Every second time billing goes first.
    """
    rounds = [await _round(backends, count, turn, progress) for turn in range(repeat)]
    return {
        "events": count,
        "ratios": {name: spread([ratio(one) for one in rounds]) for name, ratio in RATIOS.items()},
        "median": {
            kind: {what: statistics.median(one[kind][what] for one in rounds) for what in rounds[0][kind]}
            for kind in rounds[0]
        },
        "runs": rounds,
    }


Round = Mapping[str, Mapping[str, float]]
RATIOS: Mapping[str, Callable[[Round], float]] = {
    "ofFloor": lambda one: one["billing"]["eventsPerSecond"] / one["floor"]["eventsPerSecond"],
    "ofBare": lambda one: one["billing"]["eventsPerSecond"] / one["bare"]["eventsPerSecond"],
    "ofEach": lambda one: one["billing"]["eventsPerSecond"] / one["each"]["eventsPerSecond"],
    "cpuOfBare": lambda one: _cpu(one["billing"]) / _cpu(one["bare"]),
}


def _cpu(measured: Mapping[str, float]) -> float:
    return measured["cpuSecondsPerMillion"] + measured["postgresCpuSecondsPerMillion"]


async def _round(
    backends: Backends, count: int, turn: int, progress: Progress
) -> dict[str, dict[str, float]]:
    prefix, kafka = new_prefix(), backends.kafka_bootstrap_servers
    found = {}
    async with database(backends, f"{prefix}-path") as path:
        await know_facts(kafka, path, prefix, count, progress)
        await produce_uses(kafka, prefix, count, progress)
        for kind in in_turn(KINDS, turn):
            progress(f"measuring {kind}", 0)
            if kind == "billing":
                found[kind] = await measured(kafka, path, prefix, count, progress)
                continue
            async with database(backends, f"{prefix}-{kind}") as dsn:
                events = min(count, EACH_EVENTS) if kind == "each" else count
                found[kind] = await _floor(kind, kafka, dsn, prefix, events)
    return found


async def _floor(kind: str, kafka: str, dsn: str, prefix: str, count: int) -> dict[str, float]:
    pattern = topics.topics_pattern(prefix, (GEBRUIK,))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.floor", kind, kafka, dsn, pattern, str(count)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found
