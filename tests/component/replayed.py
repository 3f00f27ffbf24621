"""Billing and reporting that have handled a set of events, and replays of their databases."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from local import Backends
from shared.messaging.producer import Message
from shared.messaging.topics import Ends
from tests.e2e import crowd
from tests.harness import Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS
from wijkzorg import replay
from wijkzorg.replay import Place
from wijkzorg.shadow import OnProgress

EVENTS = random_events(seed=13, clients=25, months=12)
Answer = dict[str, Any]
FILLERS = 24
"""So many keys come to every one of six partitions, almost surely; and if not, the next time."""
COMPACTION_SECONDS_MAX = 120.0


def silent(_done: int, _total: int) -> None:
    """Nobody looks at how far it is."""


@dataclass(frozen=True)
class Replayed:
    """Services on topics of a test's own, and their replays."""

    wijkzorg: Wijkzorg
    backends: Backends

    async def play(self, *services: str) -> None:
        """Start these services, and have them handle all events."""
        await self.wijkzorg.register(*AANBIEDERS)
        await self.wijkzorg.send(crowd.messages(self.wijkzorg, EVENTS))
        for service in services:
            await self.wijkzorg.start(service)
        await self.handled(*services)

    async def handled(self, *services: str) -> None:
        """Wait until these services have handled all there is."""
        for service in services:
            await self.wijkzorg.handled(service=service)

    def place(self, service: str, **settings: Any) -> Place:
        """Where a service is."""
        own = {
            "KAFKA_BOOTSTRAP_SERVERS": self.wijkzorg.kafka,
            "topic_prefix": self.wijkzorg.prefix,
            "clock": self.wijkzorg.clock,
        }
        live = urlsplit(self.wijkzorg.dsns[service]).path[1:]
        return Place(self.backends.postgres_dsn, own | settings, service, live)

    async def run(self, service: str, on_progress: OnProgress = silent, **asked: bool) -> Answer:
        """What a replay says of a service."""
        return await self.run_at(self.place(service), on_progress, **asked)

    async def run_at(self, place: Place, on_progress: OnProgress = silent, **asked: bool) -> Answer:
        """What a replay says of what is there."""
        return await replay.run(place, on_progress, **asked)

    async def databases(self, service: str) -> set[str]:
        """What there is of a service: of the live one, its shadow, and the one before it."""
        place = self.place(service)
        names = {"live": place.live, "shadow": place.shadow, "before": place.before}
        admin = await asyncpg.connect(self.backends.postgres_dsn)
        try:
            rows = await admin.fetch(
                "select datname from pg_database where datname = any($1)", list(names.values())
            )
        finally:
            await admin.close()
        there = {row[0] for row in rows}
        return {what for what, name in names.items() if name in there}

    async def ends(self) -> dict[Any, int]:
        """Where every topic of this test ends."""
        ends = Ends(self.wijkzorg.kafka)
        try:
            return dict(await ends.read(f"^{self.wijkzorg.prefix}\\."))
        finally:
            await ends.close()

    async def delete_before(self, topic: str, offset: int) -> None:
        """Have a topic of one partition begin here, as retention does."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.wijkzorg.kafka)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(offset)})
        finally:
            await admin.close()

    async def compact(self, message: Message) -> None:
        """Have Kafka compact a topic, until of what was said under a key only this message is left."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.wijkzorg.kafka)
        await admin.start()
        try:
            eager = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.001"}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, message.topic, eager)])
        finally:
            await admin.close()

        async def compacted() -> bool:
            # Only what is followed by another segment is compacted: erasures of what nobody knows make these.
            filler = (f"huishouden/{uuid4()}" for _ in range(FILLERS))
            await self.wijkzorg.send([Message(message.topic, key, None) for key in filler])
            left = [r for r in await self.wijkzorg.records(message.topic) if r.key == message.key.encode()]
            return [r.value for r in left] == [message.value]

        await eventually(compacted, "Kafka to compact", COMPACTION_SECONDS_MAX)


def differing(answer: Answer) -> dict[str, list[tuple[str, str]]]:
    """What is shown of what differs, by table: the key, and where it is."""
    return {
        one["naam"]: [(row["sleutel"], row["waar"]) for row in one["voorbeelden"]]
        for one in answer["vergeleken"]
        if one["verschillen"]
    }
