"""Billing on a real PostgreSQL without Kafka: a log of records a topic, its handlers, its determination, its errand."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from services.billing.announce import Announcer
from services.billing.bepalen import DIRTY_MAX, Determination
from services.billing.domain.instellingen import Instellingen
from services.billing.handlers.aanbieder import AanbiederHandler
from services.billing.handlers.eigenaar import EigenaarHandler
from services.billing.instellingen.lezen import standaard
from shared import db
from shared.messaging import position
from shared.messaging.delivery import Delivery, Move, Partition
from shared.messaging.intervention import as_mended
from shared.messaging.outbox import Then
from shared.messaging.own import OwnEvents
from shared.messaging.producer import Message
from tests.component.delivered import delivery
from tests.component.properties import emptied

Wire = dict[str, Any]
Verdicts = dict[tuple[str, int], tuple[int, str, str | None]]
"""By aanbieder and plaats: versie, oordeel, code."""
PREFIX = "w"
INTAKE, INDICATIE = f"{PREFIX}.intake", f"{PREFIX}.indicatie"
BIJDRAGE = f"{PREFIX}.bijdrage"
TABLES = (
    "client, huishouden, lid, vrijstelling, toewijzing_versie, gebruik, oordeel, intrekking, ontvangst, gebruik_maand,"
    " vuil, bijdrage_regel, horizon, position, outbox, dead_letter, intervention, werk, zonder_tarief, maand, overzicht, overzicht_regel, vastgehouden,"
    " keten, keten_eind, bevroren, inning, cak_bestand"
)
VERDICTS = """
    select coalesce(o.aanbieder, g.aanbieder), coalesce(o.plaats, g.plaats), coalesce(o.versie, g.versie),
           coalesce(o.oordeel, 'geaccepteerd'), o.code
    from oordeel o full join gebruik g on g.aanbieder = o.aanbieder and g.plaats = o.plaats
"""


def topic_of(agb: str) -> str:
    """Where this provider publishes."""
    return f"{PREFIX}.gebruik.{agb}"


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = datetime(2026, 6, 15, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Billing:
    """One billing: what was delivered to it, what it sent, and its database."""

    pool: db.Pool
    clock: Clock = field(default_factory=Clock)
    delivered: dict[str, list[bytes | None]] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, dirty_max: int = DIRTY_MAX, instellingen: Instellingen | None = None) -> None:
        """Begin anew on the same database: nothing that was in memory is there; so many reasons are met in a turn."""
        says = Announcer(OwnEvents("urn:nld:oin:0637:systeem:billing", PREFIX, self.clock))
        self.says = says
        self.owners, self.providers = EigenaarHandler(self.clock, says), AanbiederHandler(self.clock, says)
        own = instellingen or standaard()
        self.determination = Determination(self.pool, own, self.clock, says, dirty_max=dirty_max)

    async def clear(self) -> None:
        """Begin anew, on the same database."""
        self.clock.now = Clock.now
        self.delivered, self.sent = {}, []
        self.restart()
        await self.pool.execute(
            f"set session_replication_role = replica; {emptied(TABLES)}; reset session_replication_role"
        )

    async def handle(self, records: Iterable[tuple[str, Wire | bytes | None, bytes | None]]) -> None:
        """One batch of (topic, value, key), of owners or of providers: handled in one transaction with its positions."""
        async with self.pool.acquire() as tx, tx.transaction():
            await self.apply(tx, self.take(records))

    def take(self, records: Iterable[tuple[str, Wire | bytes | None, bytes | None]]) -> list[Delivery]:
        """Records as they are delivered, each at the next offset of its topic."""
        batch = []
        for topic, value, key in records:
            log = self.delivered.setdefault(topic, [])
            one = delivery(topic, len(log), value, key)
            batch.append(one)
            log.append(one.value)
        return batch

    async def apply(self, tx: db.Connection, batch: Sequence[Delivery]) -> None:
        """Handle a batch in this transaction."""
        first: dict[Partition, int] = {}
        last: dict[Partition, int] = {}
        for one in batch:
            first.setdefault(one.partition, one.offset)
            last[one.partition] = one.offset
        await position.read(tx, list(first))
        moves = [Move(p, first[p], last[p] + 1) for p in first]
        await position.move(tx, moves)
        read = await as_mended(tx, batch, moves)
        is_owners = batch[0].partition.topic in (INTAKE, INDICATIE)
        counted = await (self.owners if is_owners else self.providers).apply(tx, read)
        self.counted.update(counted or {})

    async def owner(self, *events: Wire | str) -> None:
        """What intake and indicatie say, in one batch."""
        await self.handle([(INDICATIE, as_wire(event), None) for event in events])

    async def erase(self, topic: str, key: str) -> None:
        """A null value under this key."""
        await self.handle([(topic, None, key.encode())])

    async def provider(self, agb: str, *values: Wire | str | bytes | None) -> None:
        """What a provider publishes, in one batch."""
        await self.handle(
            [(topic_of(agb), as_wire(v) if isinstance(v, str) else v, None) for v in values],
        )

    async def determine(self) -> None:
        """Determine until nothing is dirty."""
        while await self.determination.determine():
            pass

    async def tell(self) -> None:
        """Send the outbox, as far as it goes, and then the receipts."""

        async def send(messages: Iterable[Message], then: Then) -> None:
            self.sent += messages
            await then()

        async with self.pool.acquire() as connection:
            for row in await connection.fetch("delete from outbox returning id, topic, key, payload"):
                self.sent.append(Message(row["topic"], row["key"], row["payload"]))
            while await self.says.receipts(_already_there)(connection, send):
                pass

    async def verdicts(self) -> Verdicts:
        """The current verdict of every record."""
        rows = [tuple(row) for row in await self.pool.fetch(VERDICTS)]
        found: Verdicts = {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
        assert len(found) == len(rows), "a record has two verdicts"
        return found

    async def verdict(self, agb: str, plaats: int) -> tuple[str, str | None]:
        """What is said of one record, and its code."""
        found = (await self.verdicts())[agb, plaats]
        return found[1], found[2]

    async def ledger(self) -> dict[tuple[str, str], int]:
        """By household and month what is owed, where that is not nothing."""
        rows = await self.pool.fetch(
            "select huishouden_id::text, format('%s-%s', maand / 12, lpad((maand % 12 + 1)::text, 2, '0')),"
            " sum(bedrag_cent)::int from bijdrage_regel where soort <> 'kwijtschelding' group by 1, 2"
            " having sum(bedrag_cent) <> 0"
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def lines(self) -> list[asyncpg.Record]:
        """Every line of the ledger, in order."""
        return await self.pool.fetch("select * from bijdrage_regel order by huishouden_id, maand, versie")


def as_wire(event: Wire | str) -> Wire:
    """An event, also one that stands on a line."""
    wire: Wire = json.loads(event) if isinstance(event, str) else event
    return wire


@asynccontextmanager
async def billing_on(dsn: str) -> AsyncIterator[Billing]:
    """Billing on this database."""
    pool = await db.open_pool(dsn)
    try:
        yield Billing(pool)
    finally:
        await pool.close()


async def _already_there(_agb: str) -> None:
    """Without Kafka there is no topic to be made."""
