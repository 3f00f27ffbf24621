"""What Kafka's logs hold, for who checks a database against them."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from shared.messaging.asking import READ_SECONDS_MAX, asking_kafka_within, reader
from shared.messaging.delivery import Partition
from shared.messaging.topics import REQUEST_TIMEOUT_MS, partitions_of

FETCH_WAIT_MS = 200


class Span(NamedTuple):
    """The offsets that a partition holds: from `begin` up to, not including, `end`."""

    begin: int
    end: int


class Logs:
    """Asks Kafka what its partitions hold."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    async def spans(self, pattern: str) -> dict[Partition, Span]:
        """What every partition of the topics that match holds. Raises KafkaError while Kafka is away."""
        tps = await partitions_of(self._consumer, pattern)
        if not tps:
            return {}
        async with asking_kafka_within(READ_SECONDS_MAX):
            begins, ends = await asyncio.gather(
                self._consumer.beginning_offsets(tps), self._consumer.end_offsets(tps)
            )
        return {Partition(tp.topic, tp.partition): Span(begins[tp], ends[tp]) for tp in tps}

    async def first_from(self, partition: Partition, offset: int) -> int | None:
        """The offset of the first record at `offset` or after it; None where there is none. Raises KafkaError."""
        tp = TopicPartition(*partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, offset)
        async with asking_kafka_within(READ_SECONDS_MAX):
            end = (await self._consumer.end_offsets([tp]))[tp]
            while await self._consumer.position(tp) < end:
                fetched = await self._consumer.getmany(tp, timeout_ms=FETCH_WAIT_MS, max_records=1)
                if records := fetched.get(tp):
                    return int(records[0].offset)
        return None

    async def last_of(self, partition: Partition, keys: Collection[bytes], begin: int) -> dict[bytes, int]:
        """Of each of these keys the offset of the last record from `begin` on. Raises KafkaError."""
        tp = TopicPartition(*partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, begin)
        last: dict[bytes, int] = {}
        async with asking_kafka_within(READ_SECONDS_MAX):
            end = (await self._consumer.end_offsets([tp]))[tp]
            at = await self._consumer.position(tp)
        while at < end:
            before = at
            async with asking_kafka_within(READ_SECONDS_MAX):
                while at == before:
                    fetched = await self._consumer.getmany(tp, timeout_ms=FETCH_WAIT_MS)
                    last |= {one.key: one.offset for one in fetched.get(tp, ()) if one.key in keys}
                    at = await self._consumer.position(tp)
        return last


@asynccontextmanager
async def logs_of(bootstrap_servers: str) -> AsyncIterator[Logs]:
    """A look at the logs. Raises KafkaError while Kafka is away."""
    async with reader(bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS) as consumer:
        yield Logs(consumer)


async def ends_of(bootstrap_servers: str, pattern: str) -> dict[Partition, int]:
    """Where every partition of the topics that match ends. Raises KafkaError while Kafka is away."""
    async with logs_of(bootstrap_servers) as logs:
        return {partition: span.end for partition, span in (await logs.spans(pattern)).items()}
