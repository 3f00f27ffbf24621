"""What `/livez`, `/readyz` and `/metrics` say of a consumer that hangs, fell out of its group or stands still."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka import TopicPartition
from annotated_types import Ge

from local import Backends
from shared import db
from shared.messaging import outbox
from shared.messaging.producer import Message
from shared.settings import ServiceSettings
from shared.web.health import LOOK_SECONDS_MAX
from shared.web.health import STUCK_SECONDS as STUCK_SECONDS_DEFAULT
from tests.component.stream import Bench, bench_on, own_pool, waiting_in
from tests.component.watched import STUCK_SECONDS, Watched, held_up, watched
from tests.harness import eventually
from tests.proxy import Proxy

pytestmark = pytest.mark.city


@pytest.fixture
async def bench(backends: Backends, dsn: str) -> AsyncIterator[Bench]:
    async with bench_on(backends, dsn) as own:
        yield own


async def test_a_handler_that_hangs_is_found_although_its_process_answers(bench: Bench) -> None:
    async with watched(bench) as own:
        async with held_up(bench.pool):
            await bench.publish([b"second"])
            why = await eventually(own.why_not, "the stream to be found stuck")
            assert why == "reader geeft geen teken van leven."
            assert (await own.metrics())["loop_stuck"] == {"reader": 1, "watch": 0}
            assert (await own.metrics())["loop_silence_seconds"]["reader"] > STUCK_SECONDS
        await eventually(own.lives, "the stream to go on")
        await own.handled(2)

        async def is_well() -> bool:
            return (await own.metrics())["loop_stuck"] == {"reader": 0, "watch": 0}

        await eventually(is_well, "the metrics to say so")


async def test_a_consumer_that_fell_out_of_its_group_for_good_is_found_at_once(bench: Bench) -> None:
    async with watched(bench, stuck_seconds=300) as own:
        assert await own.lives()
        async with held_up(bench.pool):
            await bench.publish([b"second"])
            own.stream.source._consumer._coordinator._coordination_task.cancel()
            assert await eventually(own.why_not, "it to be found") == "reader is voorgoed uit zijn groep."


async def test_a_stream_that_turns_but_stands_still_while_records_wait_is_found(bench: Bench) -> None:
    async with watched(bench) as own:
        consumer = own.stream.source._consumer
        consumer.pause(TopicPartition(bench.topic, 0))
        await bench.publish([b"second"])
        why = await eventually(own.why_not, "it to be found")
        assert why == "reader staat stil, terwijl er werk wacht."
        consumer.resume(TopicPartition(bench.topic, 0))
        await own.handled(2)
        await eventually(own.lives, "it to live again")


async def test_a_stream_without_work_may_stand_still_as_long_as_it_likes(bench: Bench) -> None:
    async with watched(bench) as own:
        begun = asyncio.get_running_loop().time()

        async def long_enough() -> bool:
            assert await own.lives()
            return asyncio.get_running_loop().time() - begun > 2 * STUCK_SECONDS

        await eventually(long_enough, "more time to pass than a stuck stream is given")


@pytest.mark.parametrize("away", ["kafka", "postgresql"])
async def test_a_restart_is_never_asked_for_because_something_is_away(
    backends: Backends, dsn: str, away: str
) -> None:
    """Thirty times as fast: after 10 seconds a loop is stuck; the watch looks for 5, and waits for 2, before it turns."""
    assert STUCK_SECONDS_DEFAULT > LOOK_SECONDS_MAX + db.BACKOFF_SECONDS_MAX < 10
    parts = urlsplit(dsn)
    async with AsyncExitStack() as stack:
        proxies = {
            "postgresql": await stack.enter_async_context(Proxy(f"{parts.hostname}:{parts.port}")),
            "kafka": await stack.enter_async_context(Proxy(backends.kafka_bootstrap_servers, kafka=True)),
        }
        where = f"{parts.username}:{parts.password}@{proxies['postgresql'].address}"
        through = Backends(proxies["kafka"].address, backends.postgres_dsn)
        bench = await stack.enter_async_context(bench_on(through, urlunsplit(parts._replace(netloc=where))))
        async with watched(bench, stuck_seconds=10) as own:
            consumer = own.stream.source._consumer
            consumer.pause(TopicPartition(bench.topic, 0))
            await bench.publish([b"second"])
            await proxies[away].cut()
            begun = asyncio.get_running_loop().time()

            async def seen_long_enough() -> bool:
                assert await own.lives(), await own.why_not()
                return asyncio.get_running_loop().time() - begun > 20

            async def is_in_the_metrics() -> bool:
                metrics = await own.metrics()
                return (
                    metrics["dependency_up"] == {n: float(n != away) for n in ("kafka", "postgresql")}
                    and not metrics["lag_records"]
                    and not metrics["oldest_unhandled_age_seconds"]
                    and ("outbox_messages" in metrics) == (away == "kafka")
                )

            await eventually(seen_long_enough, "more time to pass than a stuck stream is given")
            await eventually(is_in_the_metrics, f"the metrics to say that {away} alone is away")
            answer = await own.http.get("/readyz")
            assert answer.status_code == 503
            assert {"kafka": "Kafka", "postgresql": "PostgreSQL"}[away] + " antwoordt niet" in answer.text
            await proxies[away].mend()
            consumer.resume(TopicPartition(bench.topic, 0))
            await own.handled(2)


@asynccontextmanager
async def at_it(bench: Bench, dsn: str) -> AsyncIterator[None]:
    """A statement of a batch is under way until the block ends, and then answered."""
    async with own_pool(dsn) as pool, held_up(pool) as holding:
        await bench.publish([b"second"])

        async def waits() -> bool:
            return await waiting_in(holding) == 1

        await eventually(waits, "a batch to be handled")
        yield


async def test_a_database_that_says_nothing_for_long_restarts_nobody(
    backends: Backends, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty times as fast: a statement may take 4 seconds, its rollback as many, and after 10 a loop is stuck."""
    limits: Any = ServiceSettings.model_fields["stuck_seconds"].metadata
    (least,) = (cast("float", limit.ge) for limit in limits if isinstance(limit, Ge))
    assert STUCK_SECONDS_DEFAULT >= least >= db.COMMAND_TIMEOUT_SECONDS * 10 / 4
    monkeypatch.setitem(db.SETTINGS, "command_timeout", 4.0)
    parts = urlsplit(dsn)
    async with Proxy(f"{parts.hostname}:{parts.port}") as proxy:
        where = f"{parts.username}:{parts.password}@{proxy.address}"
        async with (
            bench_on(backends, urlunsplit(parts._replace(netloc=where))) as bench,
            watched(bench, stuck_seconds=10) as own,
        ):
            async with at_it(bench, dsn):
                proxy.freeze()
            begun, silences = asyncio.get_running_loop().time(), [0.0]

            async def long_enough() -> bool:
                now = asyncio.get_running_loop().time()
                silences.append(now - own.stream.progress)
                assert await own.lives(), await own.why_not()
                return now - begun > 25

            await eventually(long_enough, "more time to pass than a stuck stream is given")
            assert max(silences) > 7, "a statement and its rollback were to be waited for"
            proxy.thaw()
            await own.handled(2)


async def test_the_age_of_what_waits_is_measured_without_the_clock_of_the_service(bench: Bench) -> None:
    async with watched(bench, stuck_seconds=300) as own:
        metrics = await own.metrics()
        assert metrics["oldest_unhandled_age_seconds"] == {"test": 0}
        assert metrics["outbox_oldest_age_seconds"] == {"test": 0}
        async with held_up(bench.pool):
            await bench.publish([b"second", b"third"])
            async with bench.pool.acquire() as connection:
                await outbox.put(connection, [Message("t", "k", b"v")] * 2, datetime(2020, 1, 1, tzinfo=UTC))
            begun = asyncio.get_running_loop().time()

            async def aged() -> bool:
                metrics = await own.metrics()
                assert metrics["lag_records"] == {"0": 2}
                assert metrics["outbox_messages"] == {"test": 2}
                passed = asyncio.get_running_loop().time() - begun + 1
                ages = [
                    metrics[f"{name}_age_seconds"]["test"] for name in ("oldest_unhandled", "outbox_oldest")
                ]
                assert all(age <= passed for age in ages)
                return min(ages) > 1

            await eventually(aged, "both to be older than a second")
        await own.handled(3)
        assert (await own.metrics())["oldest_unhandled_age_seconds"] == {"test": 0}


@asynccontextmanager
async def by_role(bench: Bench, dsn: str) -> AsyncIterator[Bench]:
    """The same topic and table, for another role."""
    async with own_pool(dsn) as pool:
        own = Bench(bench.kafka, pool)
        own.topic = bench.topic
        yield own


def waits(own: Watched, *, is_it: bool = True) -> Callable[[], Awaitable[bool]]:
    """Whether the stream says that it waits for its database."""

    async def so() -> bool:
        return (own.stream.patience.waits_for is not None) == is_it

    return so


async def test_a_role_without_rights_is_waited_for_until_it_has_them(bench: Bench, dsn: str) -> None:
    """A right that is taken away while it runs, as by a restore under another role, ends nothing."""
    role = f"role_{bench.topic.partition('.')[0]}"
    parts = urlsplit(dsn)
    database = parts.path.removeprefix("/")
    admin = await asyncpg.connect(dsn)
    await admin.execute(f"create role {role} login password 'x'")
    await admin.execute(f"grant all on all tables in schema public to {role}")
    await admin.execute(f"grant connect on database {database} to {role}")
    mine = urlunsplit(parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}"))
    try:
        async with by_role(bench, mine) as theirs, watched(theirs) as own:
            await admin.execute(f"revoke insert on effect from {role}")
            await theirs.publish([b"second"])
            await eventually(waits(own), "the stream to wait")
            assert await own.lives()
            await admin.execute(f"grant insert on effect to {role}")
            await own.handled(2)
            await eventually(waits(own, is_it=False), "the stream to go on")
            await admin.execute(f"alter role {role} password 'y'")
            await admin.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", role
            )
            await theirs.publish([b"third"])
            await eventually(waits(own), "the stream to wait")
            assert "weigert de gebruiker of het wachtwoord" in (await own.http.get("/readyz")).text
            await admin.execute(f"alter role {role} password 'x'")
            await own.handled(3)
            assert await theirs.put_aside() == []
    finally:
        await admin.execute(f"drop owned by {role}")
        await admin.execute(f"drop role {role}")
        await admin.close()
