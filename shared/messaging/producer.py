"""Sending: in order, with keys, all or an error; and a producer that failed is thrown away."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from shared.contracts.event import CONTENT_TYPE, MESSAGE_BYTES_MAX
from shared.messaging.asking import asking_kafka_within
from shared.messaging.delivery import Partition, Place
from shared.messaging.topics import is_compacted

SEND_TIMEOUT_SECONDS = 30.0
REQUEST_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_SECONDS = 2.0
RECORD_OVERHEAD_BYTES = 192
"""What is added to a record at most: its batch's header, lengths, headers, and a compression that found nothing."""


class MessageTooLargeError(Exception):
    """An event is larger than any topic takes."""


class Message(NamedTuple):
    """One record to send."""

    topic: str
    key: str
    value: bytes | None


def check_size(value: bytes | None, key: str = "") -> None:
    """Raise MessageTooLargeError where an event, as Kafka keeps it, is over 128 KiB."""
    size = len(value or b"") + len(key.encode()) + RECORD_OVERHEAD_BYTES
    if size > MESSAGE_BYTES_MAX:
        raise MessageTooLargeError(
            f"This event is {size} bytes with its key, and none may be over {MESSAGE_BYTES_MAX} (128 KiB). "
            "It was not sent, and nothing else was lost. Split it, or leave out what its contract does not ask for."
        )


HEADERS = [("content-type", CONTENT_TYPE.encode())]
"""Of every record: what its value is, as the CloudEvents Kafka binding asks in structured mode."""


def partition_of(topic: str, key: bytes, numbers: Sequence[int]) -> Partition:
    """In which partition a record belongs: the same for the same key, for compaction the one that Kafka's own clients choose.

    That one is worked out in Python, byte by byte, so that elsewhere a checksum does.
    """
    if len(numbers) == 1:
        return Partition(topic, numbers[0])
    if is_compacted(topic):
        return Partition(topic, DefaultPartitioner()(key, numbers, numbers))
    return Partition(topic, numbers[crc32(key) % len(numbers)])


class Producer:
    """An idempotent producer for one caller; `async with`. After any error it must not be used again."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer: Any = None
        self._bootstrap_servers = bootstrap_servers

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            max_batch_size=MESSAGE_BYTES_MAX,
            max_request_size=MESSAGE_BYTES_MAX + 4096,
            compression_type="lz4",
        )
        try:
            async with asking_kafka_within(SEND_TIMEOUT_SECONDS):
                await self._producer.start()
        except BaseException:
            await self._abandon()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await self._producer.stop()
        else:
            await self._abandon()

    async def _abandon(self) -> None:
        """Close without waiting until Kafka has what it was not sent, which `stop` would: the caller sends it again."""
        producer, self._producer._closed = self._producer, True  # noqa: SLF001 - pinned; there is no public way
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await producer.client.close()
                await producer._sender.close()  # noqa: SLF001

    async def send(self, messages: Iterable[Message]) -> int:
        """Send all in order and wait until Kafka has them; how many. See `place`."""
        return len(await self.place(messages))

    async def place(self, messages: Iterable[Message]) -> list[Place]:
        """Send all in order and wait until Kafka has them; where each stands, by partition. On an error some may have been sent.

        Raises MessageTooLargeError before anything is sent, KafkaError while Kafka is away.
        """
        wanted = list(messages)
        for message in wanted:
            check_size(message.value, message.key)
        sending: list[asyncio.Task[list[Place]]] = []
        try:
            async with asking_kafka_within(SEND_TIMEOUT_SECONDS):
                for partition, batches in (await self._batches(wanted)).items():
                    sending.append(asyncio.create_task(self._send(partition, batches)))
                return [place for places in await asyncio.gather(*sending) for place in places]
        except BaseException:
            for task in sending:
                task.cancel()
            raise

    async def _batches(self, messages: Iterable[Message]) -> dict[Partition, list[Any]]:
        """The messages of each partition, in order, in as few batches as may be."""
        found: dict[Partition, list[Any]] = {}
        numbers: dict[str, list[int]] = {}
        for topic, key, value in messages:
            if topic not in numbers:
                numbers[topic] = sorted(await self._producer.partitions_for(topic))
            raw = key.encode()
            batches = found.setdefault(partition_of(topic, raw, numbers[topic]), [])
            record = {"timestamp": None, "key": raw, "value": value, "headers": HEADERS}
            if not batches or batches[-1].append(**record) is None:
                batches.append(self._producer.create_batch())
                batches[-1].append(**record)
        return found

    async def _send(self, partition: Partition, batches: Iterable[Any]) -> list[Place]:
        sent = [
            (batch, await self._producer.send_batch(batch, partition.topic, partition=partition.number))
            for batch in batches
        ]
        return [
            Place(partition, placed.offset + index if placed.offset >= 0 else placed.offset)
            for batch, future in sent
            for placed in [await future]
            for index in range(batch.record_count())
        ]
