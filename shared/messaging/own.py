"""The events of a service's own: made one way, under its source, at its clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contracts.contract import CONTRACTS, TYPE_PREFIX, Topic
from shared.contracts.event import AnyEvent, derived_id, to_wire
from shared.messaging.producer import Message
from shared.messaging.topics import topic_name
from shared.settings import Clock, ServiceSettings, clock_of
from shared.tracing import current_traceparent


def versie_at(moment: datetime) -> int:
    """Milliseconds since 1970: what a new versie is at least."""
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True)
class OwnEvents:
    """Who says so, where, and at which clock."""

    source: str
    topic_prefix: str
    clock: Clock

    @classmethod
    def of(cls, service: str, settings: ServiceSettings) -> "OwnEvents":
        """The events of a service with these settings."""
        source = f"urn:nld:oin:{settings.oin}:systeem:{service}"
        return cls(source, settings.topic_prefix, clock_of(settings.clock))

    def message(self, name: str, data: Mapping[str, Any], version: int = 1) -> Message:
        """The record of an event: `name` as in its type, `data` by Python names.

        Its id follows from its natural key and versie, so that saying it again is the same event.
        """
        contract = CONTRACTS[f"{TYPE_PREFIX}{name}.v{version}"]
        key = contract.natural_key({"data": data})
        event = self.event(contract.type, data, f"{key}/{data['versie']}" if "versie" in data else key)
        return Message(self.topic(contract.topic), key, to_wire(event))

    def event(self, kind: str, data: Mapping[str, Any], name: str) -> AnyEvent:
        """An event of this type, in the trace at hand; its id follows from `name`."""
        event: AnyEvent = {
            "specversion": "1.0",
            "id": str(derived_id(name)),
            "source": self.source,
            "type": kind,
            "time": self.clock(),
            "data": dict(data),
        }
        if trace := current_traceparent():
            event["traceparent"] = trace
        return event

    def topic(self, topic: Topic, agb: str | None = None) -> str:
        """The name of a topic in this environment."""
        return topic_name(self.topic_prefix, topic, agb)
