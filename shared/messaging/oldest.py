"""How long the oldest record waits that nobody has handled yet: by the time Kafka has of the record itself."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition

from shared.contracts.event import MESSAGE_BYTES_MAX
from shared.messaging.asking import reader
from shared.messaging.delivery import Partition

PARTITIONS_MAX = 20
"""Of so many partitions at most the first waiting record is read at once; of the others it is at the next question."""
SECONDS_MAX = 2.0


class Oldest:
    """Remembers the time of the record at each position, so that a partition that stands still is read once."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._stamped: dict[Partition, tuple[int, int]] = {}
        self._turns: dict[Partition, int] = {}

    async def since_ms(self, waiting: Mapping[Partition, int]) -> int | None:
        """The time of the oldest of the records at these positions, in ms since 1970; None where none is known.

        Raises KafkaError while Kafka is away.
        """
        self._stamped = {p: at for p, at in self._stamped.items() if waiting.get(p) == at[0]}
        self._turns = {p: self._turns.get(p, 0) for p in waiting}
        unread = sorted(waiting.keys() - self._stamped.keys(), key=lambda p: (self._turns[p], p))
        if unread := unread[:PARTITIONS_MAX]:
            self._turns |= {partition: max(self._turns.values()) + 1 for partition in unread}
            stamps = await self._read({partition: waiting[partition] for partition in unread})
            self._stamped |= {partition: (waiting[partition], stamp) for partition, stamp in stamps.items()}
        return min((stamp for _, stamp in self._stamped.values()), default=None)

    async def _read(self, positions: Mapping[Partition, int]) -> dict[Partition, int]:
        of_each_one_batch = MESSAGE_BYTES_MAX
        async with reader(
            self._bootstrap_servers, SECONDS_MAX, max_partition_fetch_bytes=of_each_one_batch
        ) as consumer:
            return await _first(consumer, positions)


async def _first(consumer: Any, positions: Mapping[Partition, int]) -> dict[Partition, int]:
    """The time of the first record at or after each position, of those that come in time."""
    tps = {partition: TopicPartition(*partition) for partition in positions}
    consumer.assign(list(tps.values()))
    for partition, offset in positions.items():
        consumer.seek(tps[partition], offset)
    reading = {asyncio.ensure_future(consumer.getone(tp)): partition for partition, tp in tps.items()}
    done, late = await asyncio.wait(reading, timeout=SECONDS_MAX)
    await _end(late)
    return {reading[r]: r.result().timestamp for r in done if r.exception() is None}


async def _end(tasks: Collection["asyncio.Future[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
