"""Billing whose ledger a test writes itself: lines as the determination would write them, and months that close."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.billing import sluiten
from services.billing.announce import Announcer
from services.billing.instellingen.lezen import load
from services.billing.sluiten import Sluiten
from services.billing.store import instellingen as settings
from services.billing.store import maand as store
from shared import db
from shared.kalender import Month, first_day, format_month, parse_month
from shared.messaging.own import OwnEvents
from shared.refused import RefusedError
from tests.component.billing import PREFIX, Clock

SOURCE = "urn:nld:oin:0637:systeem:billing"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def house(number: int) -> UUID:
    """An invented household."""
    return UUID(int=number)


@dataclass
class Closing:
    """A ledger, a clock, and who closes its months."""

    pool: db.Pool
    clock: Clock = field(default_factory=Clock)
    versie: int = 0

    def __post_init__(self) -> None:
        self.instellingen = load(None)
        self.says = Announcer(OwnEvents(SOURCE, PREFIX, self.clock))
        self.loop = self.make(by_itself=False)

    def make(self, *, by_itself: bool) -> Sluiten:
        """One who closes what is begun, and by itself or not what is due."""
        return Sluiten(self.pool, self.instellingen, self.clock, self.says, by_itself=by_itself)

    async def to_close(self, *, by_itself: bool) -> int:
        """How many months wait to be closed."""
        async with self.pool.acquire() as connection:
            return await sluiten.to_close(connection, self.clock, self.instellingen, by_itself=by_itself)

    async def charge(
        self, whose: UUID, *months: str, cents: int | None = None, soort: str = "bijdrage"
    ) -> None:
        """A line a month: a charge of its tariff, or a correction by so many cents."""
        for name in months:
            month = parse_month(name)
            self.versie += 1
            await self.pool.execute(
                """
                insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id,
                                            regel, wet, aanleiding, geschreven_op)
                select $1, $2, $3, $4, coalesce($5, t.bedrag_cent),
                       coalesce($5, t.bedrag_cent) + coalesce((select totaal_cent from bijdrage_regel r
                            where (r.huishouden_id, r.maand) = ($1, $2) order by versie desc limit 1), 0),
                       $1, 7, 'Wmo 2015 art. 2.1.4a lid 4', array['event "één"', 'b'], $6
                from tarief t where t.maand = $2
                """,
                whose,
                month,
                self.versie,
                soort,
                cents,
                self.clock(),
            )

    async def correct(self, whose: UUID, *months: str, cents: int) -> None:
        """A correction a month."""
        await self.charge(whose, *months, cents=cents, soort="correctie")

    def after_grace(self, month: str) -> None:
        """Let it be the day after the grace of a month."""
        day = first_day(Month(parse_month(month) + 1))
        self.clock.now = datetime(day.year, day.month, 23, 8, tzinfo=UTC)

    async def begin(self, month: str, *, voor_respijt: bool = False) -> bool:
        """Begin to close a month."""
        async with self.pool.acquire() as tx, tx.transaction():
            return await sluiten.begin(
                tx, parse_month(month), self.clock, self.instellingen, voor_respijt=voor_respijt
            )

    async def refusal(self, month: str) -> str:
        """Why a month cannot be begun; empty where it can."""
        try:
            await self.begin(month)
        except RefusedError as refused:
            return str(refused)
        return ""

    async def close(self, *months: str) -> None:
        """Close months, each when its grace is over."""
        for month in months:
            self.after_grace(month)
            assert await self.begin(month)
            await self.loop.close()
            assert (await self.months())[month] is not None

    async def months(self) -> dict[str, Any]:
        """The months that were begun, and when each was closed."""
        async with self.pool.acquire() as connection:
            rows = await store.listed(connection)
        return {format_month(row["maand"]): row["gesloten_op"] for row in rows}

    async def statement(self, whose: UUID, month: str) -> dict[str, Any] | None:
        """A statement, read."""
        async with self.pool.acquire() as connection:
            content = await store.statement(connection, whose, parse_month(month))
        return None if content is None else json.loads(content)

    async def asked(self, whose: UUID) -> dict[str, int]:
        """By statement what it asks."""
        async with self.pool.acquire() as connection:
            rows = await store.statements(connection, whose)
        return {format_month(row["maand"]): row["gevraagd_cent"] for row in rows}

    async def told(self, name: str = "") -> list[dict[str, Any]]:
        """The events in the outbox, in order."""
        rows = await self.pool.fetch("select payload from outbox order by id")
        events = [json.loads(row["payload"]) for row in rows]
        return [event for event in events if name in event["type"]]

    async def items(self, *soorten: str) -> list[dict[str, Any]]:
        """The items of the work list, in order."""
        rows = await self.pool.fetch("select * from werk order by nummer")
        return [dict(row) for row in rows if not soorten or row["soort"] in soorten]

    async def whole(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that closing makes but what is random, to be compared."""
        asked: Iterable[tuple[str, str]] = (
            ("overzicht", "select * from overzicht order by 1, 2"),
            ("staat", "select * from overzicht_regel order by 1"),
            ("keten", "select * from keten order by 1, 2"),
            ("eind", "select * from keten_eind order by 1"),
            ("werk", "select soort, sleutel, gegevens, ontstaan_op from werk order by 1, 2"),
            (
                "vast",
                "select bijdrage_regel_id, sleutel from vastgehouden join werk using (werk_id) order by 1",
            ),
            ("verteld", "select key, payload from outbox order by 1"),
            (
                "maand",
                """
                select maand, begonnen_op, tot_regel, huishoudens, totaal_cent, overzichten, gevraagd_cent from maand
                order by maand
                """,
            ),
        )
        return {name: [tuple(row) for row in await self.pool.fetch(query)] for name, query in asked}


@asynccontextmanager
async def closing_on(dsn: str) -> AsyncIterator[Closing]:
    """Billing's months on this database."""
    pool = await db.open_pool(dsn)
    try:
        own = Closing(pool, Clock(LONG_AGO))
        async with pool.acquire() as tx:
            await settings.enter(tx, own.instellingen.versie, own.instellingen.content(), LONG_AGO)
        yield own
    finally:
        await pool.close()
