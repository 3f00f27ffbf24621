"""Sending: in order, with keys, all or an error; and a producer that failed is thrown away."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from shared.contracts.event import MESSAGE_BYTES_MAX

SEND_TIMEOUT_SECONDS = 30.0


class MessageTooLargeError(Exception):
    """An event is larger than any topic takes."""


class Message(NamedTuple):
    """One record to send."""

    topic: str
    key: str
    value: bytes | None


def check_size(value: bytes | None) -> None:
    """Raise MessageTooLargeError where an event is over 128 KiB."""
    if value is not None and len(value) > MESSAGE_BYTES_MAX:
        raise MessageTooLargeError(
            f"This event is {len(value)} bytes, and no event may be over {MESSAGE_BYTES_MAX} (128 KiB). "
            "It was not sent, and nothing else was lost. Split it, or leave out what its contract does not ask for."
        )


class Producer:
    """An idempotent producer for one caller; `async with`. After any error it must not be used again."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer: Any = None
        self._bootstrap_servers = bootstrap_servers

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            max_batch_size=MESSAGE_BYTES_MAX,
            max_request_size=MESSAGE_BYTES_MAX + 4096,
            compression_type="lz4",
        )
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send(self, messages: Iterable[Message]) -> int:
        """Send all in order and wait until Kafka has them; how many. On an error some may have been sent.

        Raises MessageTooLargeError before anything is sent, TimeoutError or KafkaError while Kafka is away.
        """
        batch = list(messages)
        for message in batch:
            check_size(message.value)
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            sent = [
                await self._producer.send(message.topic, message.value, key=message.key.encode())
                for message in batch
            ]
            await asyncio.gather(*sent)
        return len(batch)
