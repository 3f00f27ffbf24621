"""What more copies of billing cost: processor seconds a million events with 1, 2 and 4 of them."""

from typing import Any

from bench.path import Progress, database, know_facts, measured, new_prefix, produce_uses
from bench.repeat import in_turn, repeated
from local import Backends

COPIES = (1, 2, 4)


async def measure(backends: Backends, count: int, repeat: int, progress: Progress) -> dict[str, Any]:
    """The same records anew for each number of copies; `dearer` is the processor time of most copies over that of one.

    What PostgreSQL does for them is counted with them.
    """
    return await repeated(lambda turn: _round(backends, count, turn, progress), repeat)


async def _round(backends: Backends, count: int, turn: int, progress: Progress) -> dict[str, float]:
    cost: dict[str, float] = {}
    for copies in in_turn(COPIES, turn):
        prefix, kafka = new_prefix(), backends.kafka_bootstrap_servers
        async with database(backends, prefix) as dsn:
            await know_facts(kafka, dsn, prefix, count, progress)
            await produce_uses(kafka, prefix, count, progress)
            found = await measured(kafka, dsn, prefix, count, progress, copies)
        cost[f"copies{copies}"] = round(
            found["cpuSecondsPerMillion"] + found["postgresCpuSecondsPerMillion"], 2
        )
    return cost | {"dearer": round(cost[f"copies{COPIES[-1]}"] / cost["copies1"], 3)}
