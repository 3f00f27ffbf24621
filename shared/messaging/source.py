"""Where deliveries come from: one aiokafka consumer, its topics by pattern, fetched in batches and parsed."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.contract import Topic
from shared.contracts.event import MESSAGE_BYTES_MAX, UnreadableError, parse
from shared.messaging import lenient
from shared.messaging.asking import READ_SECONDS_MAX, asking_kafka, asking_kafka_within
from shared.messaging.delivery import Delivery, FatalError, Partition, Place
from shared.messaging.topics import topics_pattern
from shared.settings import ServiceSettings

FETCH_WAIT_MS = 200
PARTITION_FETCH_BYTES = 1024 * 1024
FETCH_BYTES_MAX = 16 * 1024 * 1024
"""What is fetched ahead lies in memory, unpacked when its turn comes: so much of each partition, and of all at once."""
PARSE_SLICE = 250
TOO_LARGE = "Dit bericht is groter dan 128 KiB."  # uncompressed: the broker looks at what travels
HINT_SECONDS = 5.0
HINT_TIMEOUT_SECONDS = 1.0
CLOSE_TIMEOUT_SECONDS = 2.0
BEGIN_SECONDS = 0.05
"""How soon is asked again whether a stream may begin."""
lenient.install()


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Of one stream: its name (which ends its group), its topics as an anchored pattern, its limits, and whether it may begin.

    `unsure` is called where the database went away, or is not where this stream left it: it may be an older one, restored.
    `up_to`: of which partitions it reads what, in no group; None: all there is and will be, as a member of its group.
    """

    name: str
    group: str
    pattern: str
    bootstrap_servers: str
    batch_records_max: int = 5000
    session_timeout_ms: int = 10_000
    metadata_max_age_ms: int = 10_000
    up_to: Mapping[Partition, int] | None = None
    put_aside_percent_max: int = 20
    may_begin: Callable[[], bool] = lambda: True
    unsure: Callable[[], None] = lambda: None

    @classmethod
    def of(
        cls,
        service: str,
        name: str,
        reads: Iterable[Topic],
        settings: ServiceSettings,
        records_max: int | None,
    ) -> "StreamSettings":
        """Of a service's stream; at most `records_max` records a transaction, where they are large."""
        records = settings.batch_records_max
        return cls(
            name=name,
            pattern=topics_pattern(settings.topic_prefix, reads),
            group=f"{settings.topic_prefix}.{service}",
            bootstrap_servers=settings.kafka_bootstrap_servers,
            batch_records_max=min(records, records_max or records),
            metadata_max_age_ms=int(settings.metadata_max_age_seconds * 1000),
            session_timeout_ms=int(settings.session_timeout_seconds * 1000),
            put_aside_percent_max=settings.put_aside_percent_max,
        )


class Holder(Protocol):
    """Whoever is told which partitions it has."""

    async def revoked(self, partitions: Iterable[Partition]) -> None:
        """Others will get these, once this returns."""

    def assigned(self, partitions: Iterable[Partition]) -> None:
        """These have to be handled here."""


class Listener(ConsumerRebalanceListener):
    """Tells a holder what aiokafka says."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Pass it on, and wait until the holder is done with them."""
        await self._holder.revoked([Partition(tp.topic, tp.partition) for tp in revoked])

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Pass it on."""
        self._holder.assigned([Partition(tp.topic, tp.partition) for tp in assigned])


class Source:
    """The Kafka side of a stream."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._consumer: Any = None
        self._hinted = 0.0
        self._waiting = 0

    async def join(self, listener: ConsumerRebalanceListener) -> None:
        """Join the group. Raises KafkaError while Kafka is away."""
        consumer = self._new_consumer()
        try:
            await self._take(consumer, listener)
            with asking_kafka():
                await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        self._consumer = consumer

    async def _take(self, consumer: Any, listener: ConsumerRebalanceListener) -> None:
        """Say what it reads."""
        consumer.subscribe(pattern=self._settings.pattern, listener=listener)

    def _new_consumer(self) -> Any:
        group = f"{self._settings.group}.{self._settings.name}"
        return AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap_servers,
            group_id=group if self._settings.up_to is None else None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            metadata_max_age_ms=self._settings.metadata_max_age_ms,
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=self._settings.session_timeout_ms // 4,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_bytes=FETCH_BYTES_MAX,
            fetch_max_wait_ms=FETCH_WAIT_MS,  # for so long whatever else is asked of this broker has to wait
        )

    async def close(self) -> None:
        """Leave the group; a Kafka that does not answer is left without a word."""
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                try:
                    await self._consumer.stop()
                finally:
                    await self._consumer._client.close()  # noqa: SLF001 - which it leaves open where fetching had ended

    @property
    def is_dead(self) -> bool:
        """Whether the consumer's membership of its group has ended for good."""
        if self._consumer is None:
            return False
        return bool(self._consumer._coordinator._coordination_task.done())  # noqa: SLF001 - there is no public sign

    @property
    def is_deaf(self) -> bool:
        """Whether the consumer fetches nothing any more, ever.

        aiokafka ends its fetching, and says nothing of it, where a topic appears in the moment of an assignment.
        """
        return self._consumer is not None and bool(self._consumer._fetcher.error_future.done())  # noqa: SLF001 - the same

    @property
    def is_behind(self) -> bool:
        """Whether more than a whole batch waited behind what was fetched last, in the same partitions."""
        return self._waiting > self._settings.batch_records_max

    async def fetch(self, skipped: Collection[Partition]) -> list[Delivery]:
        """The next deliveries, parsed, without those of `skipped`; empty where there are none yet.

        Raises KafkaError where fetching failed: the consumer may then have lost its place, and must seek.
        """
        if self.is_deaf:
            raise KafkaError("fetching has ended")
        fetched = await self._consumer.getmany(
            timeout_ms=FETCH_WAIT_MS, max_records=self._settings.batch_records_max
        )
        self._waiting = sum(self._consumer.highwater(tp) - rs[-1].offset - 1 for tp, rs in fetched.items())
        batch: list[Delivery] = []
        for tp, records in fetched.items():
            partition = Partition(tp.topic, tp.partition)
            if partition in skipped:
                continue
            for index, record in enumerate(records):
                batch.append(delivery_of(partition, record))
                if index % PARSE_SLICE == PARSE_SLICE - 1:
                    await asyncio.sleep(0)
        return batch

    async def seek(self, positions: Mapping[Partition, int]) -> None:
        """Go on from these positions, but for partitions that have gone to others meanwhile.

        Raises FatalError where a log no longer, or not yet, holds its position.
        """
        await self.require_kept(positions)
        tps = {TopicPartition(*partition): offset for partition, offset in positions.items()}
        for tp in tps.keys() & self._consumer.assignment():
            self._consumer.seek(tp, tps[tp])

    async def require_kept(self, positions: Mapping[Partition, int]) -> None:
        """Raise FatalError where the log of a partition begins after its position, or ends before it."""
        tps = {partition: TopicPartition(*partition) for partition in positions}
        async with asking_kafka_within(READ_SECONDS_MAX):
            begins, ends = await asyncio.gather(
                self._consumer.beginning_offsets(list(tps.values())),
                self._consumer.end_offsets(list(tps.values())),
            )
        for partition, offset in positions.items():
            begin, end = begins[tps[partition]], ends[tps[partition]]
            if not begin <= offset <= end:
                raise FatalError(
                    f"Topic {partition.topic} partition {partition.number} holds offsets {begin} to {end}, but "
                    f"this service's database is at {offset}: records it needs are gone. Nothing was handled. "
                    "Restore the topic, or the database to a backup that matches it, and start again."
                )

    async def reached(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Up to where all there was of these partitions has been fetched, while no fetch is going on."""
        reached: dict[Partition, int] = {}
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(HINT_TIMEOUT_SECONDS):
                for partition in partitions:
                    reached[partition] = await self._consumer.position(TopicPartition(*partition))
        return reached

    def pause(self) -> set[Partition]:
        """Fetch nothing for now; the partitions that this holds for."""
        assignment = self._consumer.assignment()
        self._consumer.pause(*assignment)
        return {Partition(tp.topic, tp.partition) for tp in assignment}

    async def stay(self) -> None:
        """Tell the group that this member lives, while it is paused."""
        with suppress(KafkaError):
            await self._consumer.getmany(timeout_ms=0)

    def resume(self) -> None:
        """Fetch again."""
        self._consumer.resume(*self._consumer.paused())

    async def hint(self, positions: Mapping[Partition, int], *, now: bool = False) -> None:
        """Commit positions to Kafka every few seconds, for those who watch lag; a failure does no harm."""
        moment = asyncio.get_running_loop().time()
        if positions and self._settings.up_to is None and (now or moment - self._hinted > HINT_SECONDS):
            self._hinted = moment
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(HINT_TIMEOUT_SECONDS):
                    await self._consumer.commit({TopicPartition(*p): at for p, at in positions.items()})


def delivery_of(partition: Partition, record: Any) -> Delivery:
    """A record as it was delivered, with the event in it or why there is none."""
    return delivered(Place(partition, record.offset), record.timestamp, record.key, record.value)


def delivered(place: Place, timestamp_ms: int, key: bytes | None, value: bytes | None) -> Delivery:
    """A delivery with these bytes at this place, with the event in them or why there is none."""
    event, error = None, None
    if value is not None and len(value) > MESSAGE_BYTES_MAX:
        error = UnreadableError("onleesbaar", None, TOO_LARGE)
    elif value is not None:
        try:
            event = parse(value)
        except UnreadableError as unreadable:
            error = unreadable
    return Delivery(*place, timestamp_ms, key, value, event, error)
