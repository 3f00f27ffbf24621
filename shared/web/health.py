"""How a service is doing, the same in every one: `/v1/stand`, `/livez`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import db
from shared.messaging import dead_letter, outbox, position
from shared.messaging.delivery import Partition
from shared.messaging.topics import Ends
from shared.telemetry import Gauges
from shared.web import problem

STUCK_SECONDS = 300.0
"""Longer than any statement may take, so that a database that is silent restarts nobody."""
READY_SECONDS = 5.0
STAND_SECONDS_MAX = 10.0


class Loop(Protocol):
    """Something a service keeps doing; `progress` is the event loop's time of its last turn."""

    progress: float

    async def run(self) -> None:
        """Go on until stopped."""

    def stop(self) -> None:
        """Ask it to end."""


Waiting = Callable[[db.Connection], Awaitable[dict[str, int]]]
"""What waits in a service of its own kind: vuileHuishoudens, geparkeerd, and `onverzonden` (not shown)."""


class Health:
    """What is asked of a running service; `pool` is None until it has a database."""

    def __init__(self, service: str, pattern: str, ends: Ends, waiting: Waiting) -> None:
        self.pool: db.Pool | None = None
        self.loops: list[Loop] = []
        self._pattern, self._ends, self._waiting = pattern, ends, waiting
        self._gauges = Gauges(service)

    async def stand(self) -> dict[str, Any]:
        """How far every partition is, and what waits; `bij`: nothing waits, all there was is handled.

        The ends are read before the positions, so that `bij` holds for all that was there at the question.
        """
        async with asyncio.timeout(STAND_SECONDS_MAX):
            ends = await self._ends.read(self._pattern)
        async with self.connection() as connection, connection.transaction(isolation="repeatable_read"):
            positions = await position.read_all(connection)
            waiting = await self._waiting(connection)
            letters, waiting_to_send = await dead_letter.count(connection), await outbox.count(connection)
        partitions = sorted(ends)
        unsent = waiting.pop("onverzonden")
        bij = (
            all(positions.get(partition, 0) >= ends[partition] for partition in partitions)
            and not waiting_to_send
            and not unsent
            and not waiting["vuileHuishoudens"]
        )
        return {
            "bij": bij,
            "posities": [_row(p, positions.get(p, 0), ends[p]) for p in partitions],
            "outbox": waiting_to_send,
            **waiting,
            "doodgelopen": letters,
        }

    def connection(self) -> Any:
        """A connection of the pool, for `async with`; a problem 503 while there is none."""
        if self.pool is None:
            raise problem.Problem(503, "De dienst wacht nog op zijn database.")
        return self.pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS)

    def stuck(self) -> list[str]:
        """The loops that have made no turn for five minutes."""
        now = asyncio.get_running_loop().time()
        return [
            type(loop).__name__
            for loop in self.loops
            if loop.progress and now - loop.progress > STUCK_SECONDS
        ]

    async def missing(self) -> list[str]:
        """What does not answer: of `PostgreSQL` and `Kafka`."""
        missing = []
        try:
            async with asyncio.timeout(READY_SECONDS), self.connection() as connection:
                await connection.fetchval("select 1")
        except Exception as error:  # noqa: BLE001 - whatever it is, the database did not answer
            missing.append(f"PostgreSQL ({type(error).__name__})")
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ends.read("^$")
        except (KafkaError, OSError, TimeoutError) as error:
            missing.append(f"Kafka ({type(error).__name__})")
        return missing

    def router(self) -> APIRouter:
        """The four addresses."""
        router = APIRouter(tags=["beheer"])

        @router.get("/v1/stand", summary="Hoe ver de dienst is; bij: er wacht niets")
        async def stand() -> JSONResponse:
            return JSONResponse(await self.stand())

        @router.get("/livez", include_in_schema=False)
        async def livez() -> Response:
            stuck = self.stuck()
            return (
                problem.response(503, f"Vastgelopen: {', '.join(stuck)}.")
                if stuck
                else PlainTextResponse("ok")
            )

        @router.get("/readyz", include_in_schema=False)
        async def readyz() -> Response:
            missing = await self.missing()
            return (
                problem.response(503, f"Wacht op {', '.join(missing)}.")
                if missing
                else PlainTextResponse("ok")
            )

        @router.get("/metrics", include_in_schema=False)
        async def metrics() -> Response:
            self._gauges.set(await self.stand())
            return Response(generate_latest(self._gauges.registry), media_type=CONTENT_TYPE_LATEST)

        return router


def _row(partition: Partition, volgende: int, einde: int) -> dict[str, Any]:
    return {"topic": partition.topic, "partitie": partition.number, "volgende": volgende, "einde": einde}
