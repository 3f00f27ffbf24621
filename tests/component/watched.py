"""A stream that runs, and what `/livez`, `/readyz` and `/metrics` of its service say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from shared import db
from shared.messaging.stream import Stream
from shared.messaging.topics import Ends
from shared.web import problem
from shared.web.health import Health, Watch
from tests.component.stream import Bench, Keeping, spoil_bad
from tests.harness import eventually

STUCK_SECONDS = 2.0


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
    return {"vuileHuishoudens": 0, "teSluitenMaanden": 0, "geparkeerd": 0, "onverzonden": 0}


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
async def held_up(pool: db.Pool) -> AsyncIterator[db.Connection]:
    """A handler that waits for a lock, which the session given holds as long as the block lasts."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table effect in exclusive mode")
        yield connection
