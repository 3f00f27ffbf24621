"""What billing does when its database has grown: the same records on few facts and on many."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from bench import past
from bench.path import (
    Progress,
    database,
    measured,
    new_prefix,
    produce_facts,
    produce_uses,
    take_in,
)
from bench.repeat import in_turn, repeated
from local import Backends

RATIOS = {"throughput": "eventsPerSecond", "wal": "walBytesPerEvent", "memory": "memoryMb"}


async def measure(
    backends: Backends, count: int, known: tuple[int, int], repeat: int, progress: Progress
) -> dict[str, Any]:
    """What `count` records cost with few and with many uses in the database, and the ratios of many to few.

    Each database is filled once, and every repetition brings the same new records of new clients to both; every second
    time the larger one goes first.
    """
    kafka = backends.kafka_bootstrap_servers
    async with AsyncExitStack() as stack:
        places = [
            (prefix, await stack.enter_async_context(database(backends, prefix)))
            for prefix in (new_prefix(), new_prefix())
        ]

        async def learn(turn: int) -> None:
            for prefix, dsn in places:
                told = await produce_facts(kafka, prefix, count, turn)
                await take_in(kafka, dsn, prefix, told + turn * (told + count), progress)
                await produce_uses(kafka, prefix, count, progress, turn)

        async def once(turn: int) -> Mapping[str, Any]:
            if turn:
                await learn(turn)
            costs = {
                dsn: await measured(kafka, dsn, prefix, count, progress)
                for prefix, dsn in in_turn(places, turn)
            }
            few, many = (costs[dsn] for _, dsn in places)
            return {
                "few": few,
                "many": many,
                "memoryMb": many["memoryMb"],
                **{ratio: round(many[figure] / few[figure], 3) for ratio, figure in RATIOS.items()},
            }

        await learn(0)
        for (_, dsn), uses in zip(places, known, strict=True):
            await past.fill(dsn, uses, count, progress)
        return {"facts": known} | await repeated(once, repeat)
