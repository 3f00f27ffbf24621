"""How a service is doing, the same in every one: `/v1/stand`, `/livez`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from shared import away, db
from shared.away import Patience
from shared.messaging import dead_letter, outbox, position
from shared.messaging.asking import asking_kafka_within
from shared.messaging.delivery import Partition
from shared.messaging.echo import Echo
from shared.messaging.handler import Handler
from shared.messaging.loop import Loop
from shared.messaging.oldest import Oldest
from shared.messaging.standstill import Standstill
from shared.messaging.stream import Stream
from shared.messaging.topics import Ends
from shared.web import problem
from shared.web.answers import StandAntwoord
from shared.web.metrics import Metrics, Seen, Standing

STUCK_SECONDS = 300.0
"""Longer than any statement and its rollback may take, so that a database that is silent restarts nobody."""
READY_SECONDS = 5.0
OPENING_SECONDS_MAX = 5.0
OPENING_POLL_SECONDS = 0.05
SCRAPE_SECONDS = 3.0
"""For each of Kafka and the database, so that a scrape is over within the ten seconds that Prometheus waits."""
STAND_SECONDS_MAX = 10.0
LOOKS = 10
"""How often the watch looks at least in the time after which what stands still is stuck."""
LOOK_SECONDS = 5.0
LOOK_SECONDS_MAX = 5.0
T = TypeVar("T")

Waiting = Callable[[db.Connection], Awaitable[dict[str, int]]]
"""What waits in a service of its own kind: vuileHuishoudens, teSluitenMaanden, geparkeerd, and `onverzonden` (not shown)."""


class Health:
    """What is asked of a running service; `pool` is None until it has a database."""

    def __init__(
        self,
        service: str,
        pattern: str,
        ends: Ends,
        waiting: Waiting,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        self.pool: db.Pool | None = None
        self.loops: Sequence[Loop] = []
        self.starting: Patience | None = None
        self.echo: Echo | None = None
        self.hears: Echo | None = None
        self.work: Waiting | None = None
        self.stuck_seconds = stuck_seconds
        self._pattern, self._ends, self._waiting = pattern, ends, waiting
        self._oldest = Oldest(ends.bootstrap_servers)
        self._standstill = Standstill()
        self._metrics = Metrics(service)

    async def stand(self) -> dict[str, Any]:
        """How far every partition is, and what waits; `bij`: nothing waits, all there was is handled.

        The ends are read before the positions, so that `bij` holds for all that was there at the question.
        """
        async with asyncio.timeout(STAND_SECONDS_MAX):
            ends = await self._ends.read(self._pattern)
        standing = await self._standing()
        positions, waiting = standing.positions, dict(standing.waiting)
        partitions = sorted(ends)
        unsent = waiting.pop("onverzonden")
        bij = (
            all(positions.get(partition, 0) >= ends[partition] for partition in partitions)
            and not standing.outbox.messages
            and not unsent
            and not waiting["vuileHuishoudens"]
            and not waiting["teSluitenMaanden"]
        )
        return {
            "bij": bij,
            "posities": [_row(p, positions.get(p, 0), ends[p]) for p in partitions],
            "outbox": standing.outbox.messages,
            **waiting,
            "doodgelopen": standing.dead_letters.open,
        }

    async def _standing(self) -> Standing:
        async with self.ungated() as connection, connection.transaction(isolation="repeatable_read"):
            return Standing(
                positions=await position.read_all(connection),
                waiting=await self._waiting(connection),
                dead_letters=await dead_letter.count(connection),
                outbox=await outbox.depth(connection),
                work=await self.work(connection) if self.work else {},
            )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[db.Connection]:
        """A connection of the pool for a question of business; a problem 503 while there is none.

        An owner of facts answers none before it knows all that it has told. A service that has just started is waited
        for a moment, so that who asks during a restart waits instead of being refused.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_SECONDS_MAX):
                while self.pool is None or self._unheard():  # noqa: ASYNC110 - two things, which others change
                    await asyncio.sleep(OPENING_POLL_SECONDS)
        if unheard := self._unheard():
            raise problem.Problem(503, f"{unheard}.")
        async with self.ungated() as connection:
            yield connection

    def handler(self, topic: str) -> Handler | None:
        """The handler of the stream that reads this topic."""
        streams = (loop for loop in self.loops if isinstance(loop, Stream))
        return next((stream.handler for stream in streams if stream.reads(topic)), None)

    @property
    def heard(self) -> bool:
        """Whether the service knows all that it has told, also after its database was restored."""
        return self.hears is None or self.hears.heard

    def _unheard(self) -> str | None:
        if self.echo is None or self.echo.heard:
            return None
        left = f": nog {self.echo.left} berichten" if self.echo.left else ""
        return f"De dienst leest eerst terug wat hij zelf heeft verteld{left}"

    def ungated(self) -> Any:
        """A connection of the pool, for `async with`; a problem 503 while there is none."""
        if self.pool is None:
            raise problem.Problem(503, "De dienst wacht nog op zijn database.")
        return self.pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS)

    def stuck(self) -> dict[str, str]:
        """The loops that cannot get on by themselves, by name, each with why.

        Never because Kafka or the database is away: a restart mends neither.
        """
        now = asyncio.get_running_loop().time()
        still = self._standstill.still(now, self.stuck_seconds)
        found = {}
        for loop in self.loops:
            if loop.progress and now - loop.progress > self.stuck_seconds:
                found[loop.name] = "geeft geen teken van leven"
            elif loop.is_dead:
                found[loop.name] = "is voorgoed uit zijn groep"
            elif loop in still:
                found[loop.name] = "staat stil, terwijl er werk wacht"
        return found

    async def look(self) -> None:
        """Look once which loops stand still; none does while Kafka or the database does not answer, which is raised."""
        try:
            async with asking_kafka_within(LOOK_SECONDS_MAX):
                ends = await self._ends.read(self._pattern)
            async with asyncio.timeout(LOOK_SECONDS_MAX), self.ungated() as connection:
                positions = await position.read_all(connection)
        except Exception:
            self._standstill.forget()
            raise
        self._standstill.look(self.loops, positions, ends, asyncio.get_running_loop().time())

    async def missing(self) -> list[str]:
        """What does not answer, in words."""
        if self.pool is None:
            waits_for = self.starting and self.starting.waits_for
            return [waits_for.wat if waits_for else "De database wordt klaargemaakt"]
        database, kafka = await asyncio.gather(
            _answer(READY_SECONDS, self._ask_database()), _answer(READY_SECONDS, self._ends.read("^$"))
        )
        found = []
        if isinstance(database, Exception):
            found.append(f"{away.of(database).wat} ({type(database).__name__})")
        if isinstance(kafka, Exception):
            found.append(f"{away.KAFKA.wat} ({type(kafka).__name__})")
        if not found and (unheard := self._unheard()):
            found.append(unheard)
        return found

    async def _ask_database(self) -> None:
        async with self.ungated() as connection:
            await connection.fetchval("select 1")

    async def metrics(self) -> bytes:
        """What Prometheus is to know, as far as that can be known now."""
        ends, standing = await asyncio.gather(
            _answer(SCRAPE_SECONDS, self._ends.read(self._pattern)),
            _answer(SCRAPE_SECONDS, self._standing()),
        )
        seen = Seen(
            ends=None if isinstance(ends, Exception) else ends,
            standing=None if isinstance(standing, Exception) else standing,
            loops=self.loops,
            stuck=self.stuck(),
        )
        oldest = await _answer(SCRAPE_SECONDS, self._oldest.since_ms(seen.waiting_at))
        return self._metrics.text(replace(seen, oldest_ms=None if isinstance(oldest, Exception) else oldest))

    def router(self) -> APIRouter:
        """The four addresses."""
        router = APIRouter(tags=["beheer"])

        @router.get(
            "/v1/stand", summary="Hoe ver de dienst is; bij: er wacht niets", response_model=StandAntwoord
        )
        async def stand() -> JSONResponse:
            return JSONResponse(await self.stand())

        @router.get("/livez", include_in_schema=False)
        async def livez() -> Response:
            return _ok_unless([f"{name} {why}" for name, why in self.stuck().items()])

        @router.get("/readyz", include_in_schema=False)
        async def readyz() -> Response:
            return _ok_unless(await self.missing())

        @router.get("/metrics", include_in_schema=False)
        async def metrics() -> Response:
            return Response(await self.metrics(), media_type=CONTENT_TYPE_LATEST)

        return router


class Watch(Loop):
    """Looks now and then whether the other loops of a service stand still."""

    def __init__(self, health: Health) -> None:
        super().__init__("watch")
        self._health = health

    async def run(self) -> None:
        """Look until stopped, and say so while Kafka or the database does not answer."""
        while not self.stopping.is_set():
            self.turn()
            try:
                await self._health.look()
            except Exception as error:
                if not away.is_away(error):
                    raise
                await self.patience.wait(error)
            else:
                self.patience.over()
                seconds = min(self._health.stuck_seconds / LOOKS, LOOK_SECONDS)
                await db.sleep_or_stop(self.stopping, seconds)


async def _answer(seconds: float, asked: Awaitable[T]) -> T | Exception:
    """What was answered in time; or why nothing was."""
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except Exception as error:  # noqa: BLE001 - whatever it is, it did not answer
        return error


def _ok_unless(wrong: Sequence[str]) -> Response:
    return problem.response(503, f"{'; '.join(wrong)}.") if wrong else PlainTextResponse("ok")


def _row(partition: Partition, volgende: int, einde: int) -> dict[str, Any]:
    return {"topic": partition.topic, "partitie": partition.number, "volgende": volgende, "einde": einde}
