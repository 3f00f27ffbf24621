"""The few values that messaging is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from shared.contracts.event import AnyEvent, UnreadableError, traceparent_of

Counted = Mapping[str, int] | None
"""How often something happened, by its name."""


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int


class Place(NamedTuple):
    """Where a record stands; offset -1: Kafka did not say."""

    partition: Partition
    offset: int

    @classmethod
    def at(cls, topic: str, partition: int, offset: int) -> "Place":
        """The place with this topic, partition and offset."""
        return cls(Partition(topic, partition), offset)


class Delivery(NamedTuple):
    """One record as it was delivered: where it stood, its bytes, and the event in it or why there is none.

    `event` and `error` are both None where the value is null (an erasure).
    """

    partition: Partition
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    event: AnyEvent | None
    error: UnreadableError | None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.partition, self.offset)

    @property
    def traceparent(self) -> str | None:
        """The W3C trace that the event says it belongs to; None where it says none, or what is none."""
        return traceparent_of(self.event) if self.event else None

    @property
    def recorded_at(self) -> datetime:
        """When the broker or the producer stamped the record."""
        return datetime.fromtimestamp(max(self.timestamp_ms, 0) / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Move:
    """A partition's position moved from `old` to `new` in the transaction of an effect."""

    partition: Partition
    old: int
    new: int


class FatalError(Exception):
    """The service must stop, and a person must act: the message says why and what to do."""


class PositionMovedError(Exception):
    """Another copy of the service, or a restored database, has another position than this process thinks."""
