"""Topics: their names, their declaration by the owner, and where their logs end."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code

from shared.contracts.contract import GEBRUIK, ONTVANGST, TOPICS, Topic
from shared.contracts.event import MESSAGE_BYTES_MAX
from shared.messaging.asking import READ_SECONDS_MAX, asking_kafka, asking_kafka_within
from shared.messaging.delivery import Partition

YEARS_7_MS = 7 * 366 * 24 * 3600 * 1000
REQUEST_TIMEOUT_MS = 15_000
AGB = r"\d{8}"


def topic_name(prefix: str, topic: Topic, agb: str | None = None) -> str:
    """The name of a topic, or of a provider's topic of that family."""
    return ".".join(part for part in (prefix, topic.name, agb) if part)


def topics_pattern(prefix: str, topics: Iterable[Topic]) -> str:
    """An anchored pattern of these topics: a name that merely begins like one does not match."""
    names = [
        re.escape(f"{prefix}.{topic.name}") + (rf"\.{AGB}" if topic.per_aanbieder else "") for topic in topics
    ]
    return f"^(?:{'|'.join(names)})\\Z"


def agb_of(topic: str) -> str:
    """The AGB code with which the name of a provider's topic ends."""
    return topic.rpartition(".")[2]


def aanbieder_of(topic: str) -> str | None:
    """The AGB code of the provider whose topic this is; None of an owner's."""
    agb = agb_of(topic)
    return agb if re.fullmatch(AGB, agb) else None


@cache
def is_compacted(name: str) -> bool:
    """Whether of the records of one key on this topic only the last is kept."""
    return any(topic.compacted and name.endswith(f".{topic.name}") for topic in TOPICS)


def _new_topic(name: str, topic: Topic, replication: int) -> NewTopic:
    return NewTopic(
        name=name,
        num_partitions=topic.partitions,
        replication_factor=replication,
        topic_configs={
            "cleanup.policy": "compact" if topic.compacted else "delete",
            "retention.ms": "-1" if topic.compacted else str(YEARS_7_MS),
            "max.message.bytes": str(MESSAGE_BYTES_MAX),
            "message.timestamp.type": "LogAppendTime" if topic.by_aanbieder else "CreateTime",
        },
    )


@contextmanager
def _needing_a_controller() -> Iterator[None]:
    """Raise KafkaConnectionError where Kafka, hardly started, does not say yet who makes topics."""
    try:
        yield
    except AttributeError as error:  # aiokafka asks nobody then
        raise KafkaConnectionError("no controller") from error


async def declare(
    bootstrap_servers: str, prefix: str, topics: Iterable[Topic], agb: str | None = None, replication: int = 1
) -> list[str]:
    """Make the topics that are not there yet (of a provider: with its AGB); the names of those made."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        with asking_kafka():
            await admin.start()
        made = []
        for topic in topics:
            name = topic_name(prefix, topic, agb if topic.per_aanbieder else None)
            with _needing_a_controller():
                response = await admin.create_topics([_new_topic(name, topic, replication)])
            for _, code, *_rest in getattr(response, "topic_errors", ()):
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(f"topic {name} could not be made")
                if not code:
                    made.append(name)
        return made
    finally:
        await admin.close()


async def existing(bootstrap_servers: str) -> frozenset[str]:
    """The names of all topics there are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        return frozenset(await admin.list_topics())
    finally:
        await admin.close()


async def declare_aanbieder(bootstrap_servers: str, prefix: str, agb: str, replication: int = 1) -> list[str]:
    """Make a provider's pair of topics: what it tells, and what it is told."""
    return await declare(bootstrap_servers, prefix, (GEBRUIK, ONTVANGST), agb, replication)


async def partitions_of(consumer: Any, pattern: str) -> list[TopicPartition]:
    """Every partition of the topics that match, as Kafka knows them now. Raises KafkaError while Kafka is away."""
    matching = re.compile(pattern)
    cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 - topics() drops the partitions
    return [
        TopicPartition(topic, number)
        for topic in cluster.topics()
        if matching.match(topic)
        for number in cluster.partitions_for_topic(topic) or ()
    ]


class Ends:
    """Where the logs of all topics end, asked of Kafka anew each time."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._consumer: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def read(self, pattern: str) -> Mapping[Partition, int]:
        """The end offset of every partition of the topics that match. Raises KafkaError while Kafka is away."""
        async with asking_kafka_within(READ_SECONDS_MAX), self._one_at_a_time:
            if self._consumer is None:
                consumer = AIOKafkaConsumer(
                    bootstrap_servers=self.bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS
                )
                try:
                    with asking_kafka():
                        await consumer.start()
                except BaseException:
                    await consumer.stop()
                    raise
                self._consumer = consumer
            tps = await partitions_of(self._consumer, pattern)
            ends = await self._consumer.end_offsets(tps) if tps else {}
            return {Partition(tp.topic, tp.partition): end for tp, end in ends.items()}

    async def close(self) -> None:
        """Let go of Kafka."""
        if self._consumer is not None:
            await self._consumer.stop()
