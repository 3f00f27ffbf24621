"""What `/livez`, `/readyz` and `/metrics` say of a consumer that hangs, fell out of its group or stands still."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from aiokafka import TopicPartition
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from local import Backends
from shared import db
from shared.messaging import outbox
from shared.messaging.producer import Message
from shared.messaging.stream import Stream
from shared.messaging.topics import Ends
from shared.web import problem
from shared.web.health import Health, Watch
from tests.component.stream import Bench, Keeping, bench_on, own_pool, spoil_bad
from tests.harness import eventually
from tests.proxy import Proxy

STUCK_SECONDS = 2.0


@pytest.fixture
async def bench(backends: Backends, dsn: str) -> AsyncIterator[Bench]:
    async with bench_on(backends, dsn) as own:
        yield own


class Watched:
    """A stream that runs, and the health of the service that it is."""

    def __init__(self, bench: Bench, stuck_seconds: float = STUCK_SECONDS) -> None:
        self.bench = bench
        self.stream: Stream = bench.stream(Keeping(spoil_bad))
        self.ends = Ends(bench.kafka)
        self.health = Health("test", rf"^{bench.topic}\Z", self.ends, nothing_waits, stuck_seconds)
        self.health.pool = bench.pool
        self.health.loops = [self.stream, Watch(self.health)]
        app = FastAPI()
        problem.install(app)
        app.include_router(self.health.router())
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")

    async def lives(self) -> bool:
        return (await self.http.get("/livez")).status_code == 200

    async def why_not(self) -> str:
        """Why it does not live; empty where it does."""
        answer = await self.http.get("/livez")
        return "" if answer.status_code == 200 else str(answer.json()["detail"])

    async def metrics(self) -> dict[str, dict[str, float]]:
        """By metric, without the prefix, the values by their label; of one that has none, by the service."""
        answer = await self.http.get("/metrics")
        assert answer.status_code == 200
        return {
            family.name.removeprefix("wijkzorg_"): {
                next(
                    (v for k, v in sample.labels.items() if k not in ("service", "topic")), "test"
                ): sample.value
                for sample in family.samples
            }
            for family in text_string_to_metric_families(answer.text)
            if family.name.startswith("wijkzorg_")
        }

    async def handled(self, count: int) -> None:
        async def there() -> bool:
            return await self.bench.position() == count

        await eventually(there, f"{count} records to be handled")


async def nothing_waits(_connection: db.Connection) -> dict[str, int]:
    return {"vuileHuishoudens": 0, "geparkeerd": 0, "onverzonden": 0}


@asynccontextmanager
async def watched(bench: Bench, stuck_seconds: float = STUCK_SECONDS) -> AsyncIterator[Watched]:
    """The stream runs until the block ends."""
    own = Watched(bench, stuck_seconds)
    running = [asyncio.create_task(loop.run()) for loop in own.health.loops]
    try:
        await bench.publish([b"first"])
        await own.handled(1)
        yield own
    finally:
        for loop in own.health.loops:
            loop.stop()
        await asyncio.wait(running)
        await own.http.aclose()
        await own.ends.close()


@asynccontextmanager
async def held_up(bench: Bench) -> AsyncIterator[None]:
    """A handler that waits for a lock as long as the block lasts."""
    async with bench.pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table effect in exclusive mode")
        yield


async def test_a_handler_that_hangs_is_found_although_its_process_answers(bench: Bench) -> None:
    async with watched(bench) as own:
        async with held_up(bench):
            await bench.publish([b"second"])
            why = await eventually(own.why_not, "the stream to be found stuck")
            assert why == "reader geeft geen teken van leven."
            assert (await own.metrics())["loop_stuck"] == {"reader": 1, "watch": 0}
            assert (await own.metrics())["loop_silence_seconds"]["reader"] > STUCK_SECONDS
        await eventually(own.lives, "the stream to go on")
        await own.handled(2)
        assert (await own.metrics())["loop_stuck"]["reader"] == 0


async def test_a_consumer_that_fell_out_of_its_group_for_good_is_found_at_once(bench: Bench) -> None:
    async with watched(bench, stuck_seconds=300) as own:
        assert await own.lives()
        async with held_up(bench):
            await bench.publish([b"second"])
            own.stream._source._consumer._coordinator._coordination_task.cancel()
            assert await eventually(own.why_not, "it to be found") == "reader is voorgoed uit zijn groep."


async def test_a_stream_that_turns_but_stands_still_while_records_wait_is_found(bench: Bench) -> None:
    async with watched(bench) as own:
        consumer = own.stream._source._consumer
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
    parts = urlsplit(dsn)
    async with AsyncExitStack() as stack:
        proxies = {
            "postgresql": await stack.enter_async_context(Proxy(f"{parts.hostname}:{parts.port}")),
            "kafka": await stack.enter_async_context(Proxy(backends.kafka_bootstrap_servers, kafka=True)),
        }
        where = f"{parts.username}:{parts.password}@{proxies['postgresql'].address}"
        through = Backends(proxies["kafka"].address, backends.postgres_dsn)
        bench = await stack.enter_async_context(bench_on(through, urlunsplit(parts._replace(netloc=where))))
        async with watched(bench) as own:
            consumer = own.stream._source._consumer
            consumer.pause(TopicPartition(bench.topic, 0))
            await bench.publish([b"second"])
            await proxies[away].cut()
            begun = asyncio.get_running_loop().time()

            async def seen_long_enough() -> bool:
                assert await own.lives(), await own.why_not()
                metrics = await own.metrics()
                assert metrics["dependency_up"] == {
                    name: float(name != away) for name in ("kafka", "postgresql")
                }
                assert not metrics["lag_records"]
                assert not metrics["oldest_unhandled_age_seconds"]
                assert ("outbox_messages" in metrics) == (away == "kafka")
                return asyncio.get_running_loop().time() - begun > 2 * STUCK_SECONDS

            await eventually(seen_long_enough, "more time to pass than a stuck stream is given")
            answer = await own.http.get("/readyz")
            assert answer.status_code == 503
            assert {"kafka": "Kafka", "postgresql": "PostgreSQL"}[away] + " antwoordt niet" in answer.text
            await proxies[away].mend()
            consumer.resume(TopicPartition(bench.topic, 0))
            await own.handled(2)


async def test_the_age_of_what_waits_is_measured_without_the_clock_of_the_service(bench: Bench) -> None:
    async with watched(bench, stuck_seconds=300) as own:
        metrics = await own.metrics()
        assert metrics["oldest_unhandled_age_seconds"] == {"test": 0}
        assert metrics["outbox_oldest_age_seconds"] == {"test": 0}
        async with held_up(bench):
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
