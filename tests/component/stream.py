"""One consumer of one topic, with a handler of the test's own."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from local import Backends
from shared import db
from shared.messaging.delivery import Delivery
from shared.messaging.producer import Message, Producer
from shared.messaging.source import StreamSettings
from shared.messaging.states import FactsHandler
from shared.messaging.stream import Stream
from tests.harness import eventually

Spoil = Callable[[Delivery], None]


class Keeping(FactsHandler):
    """Keeps each value once; `spoil` raises for what it cannot handle."""

    def __init__(self, spoil: Spoil, table: str = "effect") -> None:
        super().__init__(lambda: datetime.now(UTC))
        self.spoil, self.table = spoil, table

    async def apply(self, tx: db.Connection, deliveries: Sequence[Delivery]) -> None:
        await tx.copy_records_to_table(
            self.table, records=[(delivery.offset, delivery.value) for delivery in deliveries]
        )
        for delivery in deliveries:
            self.spoil(delivery)


def spoil_bad(delivery: Delivery) -> None:
    if delivery.value == b"bad":
        raise LookupError(delivery.value)


class Bench:
    """A topic, a database, and streams between them."""

    def __init__(self, kafka: str, pool: db.Pool) -> None:
        self.kafka, self.pool = kafka, pool
        self.topic = f"t{secrets.token_hex(4)}.gebruik.12345678"

    async def publish(self, values: Sequence[bytes]) -> None:
        async with Producer(self.kafka) as producer:
            await producer.send(Message(self.topic, "k", value) for value in values)

    def stream(
        self,
        handler: Keeping,
        name: str = "reader",
        may_begin: Callable[[], bool] = lambda: True,
        unsure: Callable[[], None] = lambda: None,
    ) -> Stream:
        pattern = rf"^{self.topic}\Z"
        return Stream(
            StreamSettings(
                name,
                self.topic,
                pattern,
                self.kafka,
                batch_records_max=200,
                metadata_max_age_ms=500,
                may_begin=may_begin,
                unsure=unsure,
            ),
            self.pool,
            handler,
        )

    async def runs_until(self, handler: Keeping, position: int) -> None:
        """Run a stream until it has come so far."""
        stream = self.stream(handler)
        running = asyncio.create_task(stream.run())

        async def there() -> bool:
            if running.done():
                running.result()
            return await self.position() >= position

        try:
            await eventually(there, f"position {position}")
        finally:
            stream.stop()
            await asyncio.wait([running])
        running.result()

    async def set_back(self) -> None:
        """Be as before the second record, as a database that was restored."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("update position set next = 1")
            await connection.execute("delete from effect where at = 1")

    async def position(self) -> int:
        return int(await self.pool.fetchval("select next from position where topic = $1", self.topic) or 0)

    async def kept(self) -> list[bytes]:
        return [row["value"] for row in await self.pool.fetch("select value from effect order by at")]

    async def put_aside(self) -> list[tuple[int, str]]:
        rows = await self.pool.fetch('select "offset", reason from dead_letter order by 1')
        return [(row["offset"], row["reason"].partition("(")[2].rstrip(").")) for row in rows]


@asynccontextmanager
async def bench_on(backends: Backends, dsn: str) -> AsyncIterator[Bench]:
    """A bench with a topic of one partition, and a table `effect`."""
    async with own_pool(dsn) as pool:
        await pool.execute("create table effect (at bigint primary key, value bytea)")
        own = Bench(backends.kafka_bootstrap_servers, pool)
        async with admin_of(own.kafka) as admin:
            await admin.create_topics([NewTopic(name=own.topic, num_partitions=1, replication_factor=1)])
            yield own
            await admin.delete_topics([own.topic])


@asynccontextmanager
async def admin_of(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def waiting_in(connection: db.Connection) -> int:
    """How many sessions wait for a table in the database of this connection."""
    return int(
        await connection.fetchval(
            "select count(*) from pg_locks join pg_database on oid = database"
            " where not granted and relation is not null and datname = current_database()"
        )
    )


@asynccontextmanager
async def own_pool(dsn: str) -> AsyncIterator[db.Pool]:
    pool = await db.open_pool(dsn)
    try:
        yield pool
    finally:
        await pool.close()
