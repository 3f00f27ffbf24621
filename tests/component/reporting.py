"""Reporting on a real PostgreSQL without Kafka: events into its handlers, and its API in this process."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.reporting.app import service
from services.reporting.handlers import BijdrageHandler, EigenaarHandler, OntvangstHandler
from shared import db
from shared.messaging import position
from shared.messaging.delivery import Move, Partition
from shared.messaging.handler import Handler
from shared.settings import ServiceSettings
from tests.component.delivered import delivery
from tests.component.http import Api, api_of
from tests.component.properties import emptied

Wire = dict[str, Any]
PREFIX = "w"
INTAKE, INDICATIE, BIJDRAGE = (f"{PREFIX}.{name}" for name in ("intake", "indicatie", "bijdrage"))
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
TABLES = (
    "feit, woonperiode, samenvoeging, lid, melding, oplossing, toewijzing, oordeel, gebruik_maand, bijdrage,"
    " position, dead_letter"
)


def ontvangst(agb: str) -> str:
    """Where this provider is told its verdicts."""
    return f"{PREFIX}.ontvangst.{agb}"


@dataclass
class Reporting:
    """One reporting: its API on its database, and how far each topic is."""

    api: Api
    ends: dict[str, int] = field(default_factory=dict)

    @property
    def pool(self) -> db.Pool:
        """Its database."""
        return self.api.pool

    async def clear(self) -> None:
        """Begin anew, on the same database."""
        self.ends = {}
        await self.pool.execute(emptied(TABLES))

    async def handle(self, topic: str, *values: Wire | bytes | None, key: bytes | None = None) -> None:
        """One batch of records of one topic, in one transaction with its position."""
        async with self.pool.acquire() as tx, tx.transaction():
            await self.apply(tx, topic, values, key)

    async def apply(
        self, tx: db.Connection, topic: str, values: Iterable[Wire | bytes | None], key: bytes | None = None
    ) -> None:
        """Handle a batch in this transaction."""
        first = self.ends.get(topic, 0)
        batch = [delivery(topic, first + i, value, key) for i, value in enumerate(values)]
        self.ends[topic] = first + len(batch)
        partition = Partition(topic, 0)
        await position.read(tx, [partition])
        await position.move(tx, [Move(partition, first, self.ends[topic])])
        await _handler(topic).apply(tx, batch)

    async def say(self, *events: Wire) -> None:
        """Events, each on the topic it belongs to."""
        for event in events:
            await self.handle(topic_of(event), event)

    async def figures(self, van: str | None = None, tot: str | None = None) -> Any:
        """What GET /v1/wijken answers."""
        asked = {name: month for name, month in (("van", van), ("tot", tot)) if month}
        answer = await self.api.get("/v1/wijken", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def wijk(self, code: str | None) -> Any:
        """The row of a wijk, over all months."""
        return next(row for row in (await self.figures())["wijken"] if row["code"] == code)


def topic_of(event: Wire) -> str:
    """The topic an event belongs to."""
    kind = event["type"].split(".")[2]
    if kind == "gebruik-beoordeeld":
        return ontvangst(event["data"]["aanbieder"])
    if kind.startswith(("bijdrage-", "maand-")):
        return BIJDRAGE
    return INDICATIE if kind.startswith(("indicatie-", "toewijzing-", "plan-")) else INTAKE


def _handler(topic: str) -> Handler:
    def clock() -> datetime:
        return NOW

    if topic in (INTAKE, INDICATIE):
        return EigenaarHandler(clock)
    return BijdrageHandler(clock) if topic == BIJDRAGE else OntvangstHandler(clock)


@asynccontextmanager
async def reporting_on(dsn: str) -> AsyncIterator[Reporting]:
    """Reporting on this database."""
    values: dict[str, Any] = {
        "database_dsn": dsn,
        "KAFKA_BOOTSTRAP_SERVERS": "localhost:1",
        "topic_prefix": PREFIX,
        "clock": NOW,
    }
    async with api_of(service(ServiceSettings(**values))) as api:
        yield Reporting(api)
