"""What Kafka's logs hold, for who checks a database against them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.asking import asking_kafka
from shared.messaging.delivery import Partition

REQUEST_TIMEOUT_MS = 15_000
FETCH_WAIT_MS = 200
READ_SECONDS_MAX = 20.0


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
        matching = re.compile(pattern)
        cluster = await self._consumer._client.fetch_all_metadata()  # noqa: SLF001 - topics() drops the partitions
        tps = [
            TopicPartition(topic, number)
            for topic in cluster.topics()
            if matching.match(topic)
            for number in cluster.partitions_for_topic(topic) or ()
        ]
        if not tps:
            return {}
        begins, ends = await asyncio.gather(
            self._consumer.beginning_offsets(tps), self._consumer.end_offsets(tps)
        )
        return {Partition(tp.topic, tp.partition): Span(begins[tp], ends[tp]) for tp in tps}

    async def first_from(self, partition: Partition, offset: int) -> int | None:
        """The offset of the first record at `offset` or after it; None where there is none. Raises KafkaError."""
        tp = TopicPartition(*partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, offset)
        with asking_kafka():
            async with asyncio.timeout(READ_SECONDS_MAX):
                end = (await self._consumer.end_offsets([tp]))[tp]
                while await self._consumer.position(tp) < end:
                    fetched = await self._consumer.getmany(tp, timeout_ms=FETCH_WAIT_MS, max_records=1)
                    if records := fetched.get(tp):
                        return int(records[0].offset)
        return None


@asynccontextmanager
async def logs_of(bootstrap_servers: str) -> AsyncIterator[Logs]:
    """A look at the logs. Raises KafkaError while Kafka is away."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # of a place that a log holds no more, the next it does hold
        isolation_level="read_committed",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        with asking_kafka():
            await consumer.start()
        yield Logs(consumer)
    finally:
        await consumer.stop()


async def ends_of(bootstrap_servers: str, pattern: str) -> dict[Partition, int]:
    """Where every partition of the topics that match ends. Raises KafkaError while Kafka is away."""
    async with logs_of(bootstrap_servers) as logs:
        return {partition: span.end for partition, span in (await logs.spans(pattern)).items()}
