"""One consumer of one topic with a handler of the test's own: what cannot be handled, and whose fault that is."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import NewTopic, RecordsToDelete
from aiokafka.errors import KafkaError

from local import Backends
from shared.messaging.aside import PUT_ASIDE_MIN
from shared.messaging.delivery import Delivery, FatalError, Partition, Place
from shared.messaging.intervention import By, note
from shared.messaging.source import Source, StreamSettings
from tests.component.stream import Bench, Keeping, admin_of, bench_on, spoil_bad
from tests.harness import eventually


@pytest.fixture
async def bench(backends: Backends, dsn: str) -> AsyncIterator[Bench]:
    async with bench_on(backends, dsn) as own:
        yield own


async def test_what_cannot_be_handled_is_put_aside_alone(bench: Bench) -> None:
    bad = {0, 99, 100, 101, 250, 399}
    await bench.publish([b"bad" if place in bad else b"%d" % place for place in range(400)])
    await bench.runs_until(Keeping(spoil_bad), 400)
    assert await bench.kept() == [b"%d" % place for place in range(400) if place not in bad]
    assert await bench.put_aside() == [(place, "LookupError") for place in sorted(bad)]


async def test_a_version_that_cannot_handle_most_stops_the_service_and_the_next_one_goes_on_there(
    bench: Bench,
) -> None:
    await bench.publish([b"good", *[b"bad"] * 100, b"last"])
    for _ in range(2):
        with pytest.raises(FatalError, match=r"More than 20 % .* fault of this version"):
            await bench.runs_until(Keeping(spoil_bad), 102)
        assert await bench.position() == PUT_ASIDE_MIN
        assert len(await bench.put_aside()) == PUT_ASIDE_MIN - 1
    await bench.runs_until(Keeping(lambda _: None), 102)
    assert await bench.kept() == [b"good", *[b"bad"] * (101 - PUT_ASIDE_MIN), b"last"]


async def test_the_bytes_that_mend_a_record_are_read_in_its_place_and_its_own_are_put_aside(
    bench: Bench,
) -> None:
    await bench.publish([b"one", b"two", b"three"])
    by = By("B. Beheerder", "overleg", datetime.now(UTC))
    async with bench.pool.acquire() as tx:
        for offset, value in ((1, b"mended"), (2, b"bad")):
            await note(tx, Place.at(bench.topic, 0, offset), "hersteld", by, value)
    await bench.runs_until(Keeping(spoil_bad), 3)
    assert await bench.kept() == [b"one", b"mended"]
    assert await bench.pool.fetchval("select value from dead_letter") == b"three"


async def test_a_statement_that_is_wrong_stops_the_service_and_puts_nothing_aside(bench: Bench) -> None:
    await bench.publish([b"one", b"two"])
    with pytest.raises(asyncpg.UndefinedTableError):
        await bench.runs_until(Keeping(spoil_bad, table="misspelt"), 2)
    assert (await bench.position(), await bench.put_aside()) == (0, [])


async def test_a_call_that_is_wrong_stops_the_service_and_puts_nothing_aside(bench: Bench) -> None:
    def call_wrongly(_: Delivery) -> None:
        raise asyncpg.InterfaceError("the server expects 1 argument for this query, 0 were passed")

    await bench.publish([b"one", b"two"])
    with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
        await bench.runs_until(Keeping(call_wrongly), 2)
    assert (await bench.position(), await bench.put_aside()) == (0, [])


async def test_nothing_is_handled_before_it_may_and_nobody_calls_that_standing_still(bench: Bench) -> None:
    allowed: list[bool] = []
    stream = bench.stream(Keeping(spoil_bad), may_begin=lambda: bool(allowed))
    await bench.publish([b"one", b"two"])
    running = asyncio.create_task(stream.run())

    async def has_waited() -> bool:
        return bool(stream._unsought) and stream.progress > begun

    begun = asyncio.get_running_loop().time()
    await eventually(has_waited, "its partition to be assigned")
    begun = stream.progress
    await eventually(has_waited, "another turn")
    assert (await bench.position(), stream.held) == (0, ())

    async def is_handled() -> bool:
        return await bench.position() == 2

    allowed.append(True)
    await eventually(is_handled, "both to be handled")
    stream.stop()
    await running
    assert await bench.kept() == [b"one", b"two"]


async def test_a_deadlock_or_a_timeout_is_tried_again_and_puts_nothing_aside(bench: Bench) -> None:
    errors: list[Exception] = [asyncpg.DeadlockDetectedError("deadlock"), TimeoutError()]

    def spoil_for_now(_: Delivery) -> None:
        if errors:
            raise errors.pop()

    await bench.publish([b"one", b"two"])
    await bench.runs_until(Keeping(spoil_for_now), 2)
    assert (await bench.kept(), await bench.put_aside()) == ([b"one", b"two"], [])


async def test_a_value_no_column_takes_is_its_record_s_fault_alone(bench: Bench) -> None:
    def spoil_by_the_database(delivery: Delivery) -> None:
        if delivery.value == b"bad":
            raise asyncpg.DataError("invalid input for query argument $1")

    await bench.publish([b"one", b"bad", b"two"])
    await bench.runs_until(Keeping(spoil_by_the_database), 3)
    assert (await bench.kept(), await bench.put_aside()) == ([b"one", b"two"], [(1, "DataError")])


async def test_a_position_moved_by_others_is_gone_back_to_while_nothing_comes(bench: Bench) -> None:
    await bench.publish([b"one", b"two"])
    stream = bench.stream(Keeping(spoil_bad))
    running = asyncio.create_task(stream.run())

    async def handled() -> bool:
        return await bench.position() == 2

    await eventually(handled, "both")
    await bench.set_back()
    await eventually(handled, "the second once more")
    assert await bench.kept() == [b"one", b"two"]
    stream.stop()
    await running


async def test_a_position_that_went_back_is_not_read_from_before_all_that_was_told_is_heard(
    bench: Bench,
) -> None:
    sure = [True]
    await bench.publish([b"one", b"two"])
    stream = bench.stream(Keeping(spoil_bad), may_begin=lambda: sure[-1], unsure=lambda: sure.append(False))
    running = asyncio.create_task(stream.run())

    async def handled() -> bool:
        return await bench.position() == 2

    async def is_unsure() -> bool:
        return not sure[-1] and bool(stream._unsought) and stream.progress > begun

    begun = 0.0
    await eventually(handled, "both")
    await bench.set_back()
    await eventually(is_unsure, "the stream to notice")
    begun = stream.progress
    await eventually(is_unsure, "another turn")
    assert await bench.position() == 1
    sure.append(True)
    await eventually(handled, "the second once more")
    stream.stop()
    await running
    assert await bench.kept() == [b"one", b"two"]


async def test_a_consumer_that_fetches_no_more_is_followed_by_another(bench: Bench) -> None:
    """As aiokafka does where a topic appears in the moment of an assignment: its fetching fails, and nobody hears of it."""
    await bench.publish([b"one"])
    stream = bench.stream(Keeping(spoil_bad))
    running = asyncio.create_task(stream.run())

    async def both() -> bool:
        return await bench.kept() == [b"one", b"two"]

    async def first() -> bool:
        return await bench.kept() == [b"one"]

    await eventually(first, "the first")
    fetcher = stream.source._consumer._fetcher
    fetcher._fetch_task.cancel()
    await fetcher._fetch_task
    fetcher._fetch_task = asyncio.get_running_loop().create_future()
    fetcher._fetch_task.set_exception(KafkaError("Unexpected error during data retrieval"))
    await bench.publish([b"two"])
    await eventually(both, "the second, by another consumer")
    stream.stop()
    await running


async def test_a_log_that_begins_after_the_position_stops_it(bench: Bench) -> None:
    await bench.publish([b"one", b"two", b"three"])
    async with admin_of(bench.kafka) as admin:
        before = {TopicPartition(bench.topic, 0): RecordsToDelete(before_offset=2)}
        await admin.delete_records(before)
    with pytest.raises(FatalError, match=r"offsets 2 to 3, but .* is at 0: .* Restore the topic"):
        await bench.runs_until(Keeping(spoil_bad), 3)
    assert await bench.kept() == []


async def test_a_log_that_ends_before_the_position_stops_it(bench: Bench) -> None:
    await bench.publish([b"one", b"two", b"three"])
    await bench.pool.execute("insert into position values ($1, 0, 7)", bench.topic)
    with pytest.raises(FatalError, match=r"offsets 0 to 3, but .* is at 7: .* Restore the topic"):
        await bench.runs_until(Keeping(spoil_bad), 8)
    assert await bench.kept() == []


async def test_a_topic_made_anew_and_still_empty_stops_it(bench: Bench) -> None:
    await bench.publish([b"one", b"two", b"three"])
    running = asyncio.create_task(bench.stream(Keeping(spoil_bad)).run())

    async def handled() -> bool:
        return await bench.position() == 3

    await eventually(handled, "all")
    async with admin_of(bench.kafka) as admin:
        await admin.delete_topics([bench.topic])
        await admin.create_topics([NewTopic(name=bench.topic, num_partitions=1, replication_factor=1)])
    with pytest.raises(FatalError, match=r"offsets 0 to 0, but .* is at 3: .* Restore the topic"):
        await running


async def test_two_readers_of_one_partition_have_one_effect(bench: Bench) -> None:
    """As a zombie and its successor: both hold the partition, and the database lets one of them move its position."""
    values = [b"%d" % place for place in range(3000)]
    await bench.publish(values)
    first, second = (bench.stream(Keeping(spoil_bad), name) for name in ("first", "second"))
    running = [asyncio.create_task(stream.run()) for stream in (first, second)]

    async def handled() -> bool:
        return await bench.position() == len(values)

    await eventually(handled, "all")
    for stream in (first, second):
        stream.stop()
    await asyncio.gather(*running)
    assert await bench.kept() == values


async def test_the_markers_of_a_transaction_are_no_loss(bench: Bench) -> None:
    """A provider whose client writes in transactions leaves offsets that no record has."""
    async with AIOKafkaProducer(
        bootstrap_servers=bench.kafka, transactional_id=bench.topic, max_batch_size=1000
    ) as producer:
        for value in (b"one", b"two", b"three"):
            async with producer.transaction():
                await producer.send_and_wait(bench.topic, value)
    await bench.runs_until(Keeping(lambda _: None), 6)
    assert await bench.kept() == [b"one", b"two", b"three"]


class _Reluctant(ConsumerRebalanceListener):
    """Lets partitions go only once it may."""

    def __init__(self) -> None:
        self.held: set[TopicPartition] = set()
        self.may_let_go, self.is_asked = asyncio.Event(), asyncio.Event()
        self.may_let_go.set()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.is_asked.set()
        await self.may_let_go.wait()
        self.held -= set(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.held = set(assigned)


async def test_a_topic_that_appears_while_a_position_is_sought_does_no_harm(bench: Bench) -> None:
    """A new provider's topic ends the subscription at once; the group's next assignment comes later."""
    first, second = TopicPartition(bench.topic, 0), TopicPartition(f"{bench.topic}.new", 0)
    listener = _Reluctant()
    source = Source(
        StreamSettings("reader", bench.topic, f"^{bench.topic}", bench.kafka, metadata_max_age_ms=200)
    )

    async def holds_first() -> bool:
        return listener.held == {first}

    async def holds_both() -> bool:
        return listener.held == {first, second}

    await source.join(listener)
    await eventually(holds_first, "the first topic")
    listener.may_let_go.clear()
    listener.is_asked.clear()
    async with admin_of(bench.kafka) as admin:
        await admin.create_topics([NewTopic(name=second.topic, num_partitions=1, replication_factor=1)])
        await listener.is_asked.wait()
        await source.seek({Partition(*first): 0})
        listener.may_let_go.set()
        await eventually(holds_both, "both topics")
        await source.close()
        await admin.delete_topics([second.topic])
