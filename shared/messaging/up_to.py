"""A source that ends: what a shadow reads, which must know no more than the database that it is compared with."""

from collections.abc import Collection
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition

from shared.messaging.delivery import Delivery, Partition
from shared.messaging.source import Source, StreamSettings


class SourceUpTo(Source):
    """Reads these partitions in no group, so that it takes them from nobody, and of each nothing from its end on."""

    def __init__(self, settings: StreamSettings) -> None:
        super().__init__(settings)
        self._ends = {TopicPartition(*partition): end for partition, end in (settings.up_to or {}).items()}

    async def _take(self, consumer: Any, listener: ConsumerRebalanceListener) -> None:
        consumer.assign(list(self._ends))
        await listener.on_partitions_assigned(self._ends)

    @property
    def is_dead(self) -> bool:
        """Never: it is in no group."""
        return False

    async def fetch(self, skipped: Collection[Partition]) -> list[Delivery]:
        """The next deliveries before the ends."""
        batch = await super().fetch(skipped)
        for tp, end in self._ends.items():
            if await self._consumer.position(tp) >= end:
                self._consumer.pause(tp)
        return [d for d in batch if d.offset < self._ends[TopicPartition(*d.partition)]]

    async def reached(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Up to where all there was before the ends has been fetched."""
        reached = await super().reached(partitions)
        return {
            partition: min(at, self._ends[TopicPartition(*partition)]) for partition, at in reached.items()
        }


def source_of(settings: StreamSettings) -> Source:
    """Where the deliveries of a stream with these settings come from."""
    return Source(settings) if settings.up_to is None else SourceUpTo(settings)
