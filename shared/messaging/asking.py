"""Asking something of Kafka: whatever goes wrong on the way to it is one kind of error."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from shared.messaging import patient

READ_SECONDS_MAX = 20.0
"""How long where logs begin and end may take: of a partition without a leader aiokafka would ask for ever."""

patient.install()


@contextmanager
def asking_kafka() -> Iterator[None]:
    """Raise KafkaConnectionError where Kafka cannot be reached, or does not answer in time."""
    try:
        yield
    except OSError as error:  # TimeoutError is one
        raise KafkaConnectionError(type(error).__name__) from error


@asynccontextmanager
async def asking_kafka_within(seconds_max: float | None) -> AsyncIterator[None]:
    """The same, where Kafka does not answer in time either, whatever it is asked; None: however long it takes."""
    with asking_kafka():
        async with asyncio.timeout(seconds_max):
            yield


@asynccontextmanager
async def reader(
    bootstrap_servers: str, start_seconds_max: float | None = None, **settings: Any
) -> AsyncIterator[Any]:
    """A consumer of no group, which moves nobody's position; of a place that a log holds no more, it reads the next.

    Raises KafkaError where Kafka cannot be reached, or takes longer than `start_seconds_max` for the first answer.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **settings,
    )
    try:
        async with asking_kafka_within(start_seconds_max):
            await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
