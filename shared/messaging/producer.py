"""Sending: in order, with keys, all or an error; and a producer that failed is thrown away."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from shared.contracts.event import CONTENT_TYPE, MESSAGE_BYTES_MAX
from shared.messaging.asking import asking_kafka_within
from shared.messaging.delivery import Partition, Place

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
        """Send all in order and wait until Kafka has them; where each stands. On an error some may have been sent.

        Raises MessageTooLargeError before anything is sent, KafkaError while Kafka is away.
        """
        batch = list(messages)
        for message in batch:
            check_size(message.value, message.key)
        sent: list[asyncio.Future[Any]] = []
        try:
            async with asking_kafka_within(SEND_TIMEOUT_SECONDS):
                for topic, key, value in batch:
                    sent.append(await self._producer.send(topic, value, key=key.encode(), headers=HEADERS))
                placed = await asyncio.gather(*sent)
        except BaseException:
            for future in sent:
                future.cancel()
            raise
        return [Place(Partition(one.topic, one.partition), one.offset) for one in placed]
