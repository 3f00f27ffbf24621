"""Asking something of Kafka: whatever goes wrong on the way to it is one kind of error."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaConnectionError


@contextmanager
def asking_kafka() -> Iterator[None]:
    """Raise KafkaConnectionError where Kafka cannot be reached, or does not answer in time."""
    try:
        yield
    except OSError as error:  # TimeoutError is one
        raise KafkaConnectionError(type(error).__name__) from error
