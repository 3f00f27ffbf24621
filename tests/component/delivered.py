"""A record as the stream delivers it, without Kafka."""

import json
from typing import Any

from shared.contracts.event import UnreadableError, parse
from shared.messaging.delivery import Delivery, Partition


def delivery(
    topic: str, offset: int, value: dict[str, Any] | bytes | None, key: bytes | None = None
) -> Delivery:
    """A record of a topic of one partition: an event in wire form, or bytes as they are."""
    raw = json.dumps(value).encode() if isinstance(value, dict) else value
    event, error = None, None
    if raw is not None:
        try:
            event = parse(raw)
        except UnreadableError as unreadable:
            error = unreadable
    return Delivery(Partition(topic, 0), offset, 0, key, raw, event, error)
