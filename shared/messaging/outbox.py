"""The outbox: what was decided is told, once its transaction has committed, in the order it was decided.

One relay a database, held by an advisory lock on a session of its own; losing the session is losing the role.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from aiokafka.errors import KafkaError

from shared import db
from shared.messaging.producer import Message, Producer

RELAY_LOCK = 0x72656C61
BATCH_MAX = 2000
IDLE_SECONDS = 0.05
ROLE_TIMEOUT = "90s"
"""After so much silence a relay loses its role: more than any sending takes."""
log = logging.getLogger("wijkzorg.outbox")

Send = Callable[[Iterable[Message]], Awaitable[int]]
Errand = Callable[[db.Connection, Send], Awaitable[int]]
"""Something else to tell, beside the outbox: sends what it finds and says how many messages that were."""


async def put(tx: db.Connection, messages: Iterable[Message], moment: datetime) -> None:
    """Lay messages in the outbox, in order, in the transaction of what they tell of."""
    await tx.copy_records_to_table(
        "outbox",
        records=[(message.topic, message.key, message.value, moment) for message in messages],
        columns=("topic", "key", "payload", "created_at"),
    )


async def count(connection: db.Connection) -> int:
    """How many messages wait."""
    return int(await connection.fetchval("select count(*) from outbox"))


class Relay:
    """Sends the outbox, and runs the errands of the service, as long as it holds the role."""

    def __init__(self, dsn: str, bootstrap_servers: str, errands: Iterable[Errand] = ()) -> None:
        self._dsn, self._bootstrap_servers = dsn, bootstrap_servers
        self._errands = tuple(errands)
        self._stopping = asyncio.Event()
        self.progress = 0.0

    def stop(self) -> None:
        """Ask the relay to end after the batch it is at."""
        self._stopping.set()

    async def run(self) -> None:
        """Relay until stopped; on any error of Kafka or the database, begin anew after a while."""
        delay_seconds = 0.2
        while not self._stopping.is_set():
            self.progress = asyncio.get_running_loop().time()
            try:
                connection = await db.connect(self._dsn, idle_session_timeout=ROLE_TIMEOUT)
                try:
                    if await connection.fetchval("select pg_try_advisory_lock($1)", RELAY_LOCK):
                        await self._relay(connection)
                finally:
                    await connection.close(timeout=db.CONNECT_TIMEOUT_SECONDS)
                delay_seconds = 0.2
            except Exception as error:
                if not (db.is_waitable(error) or isinstance(error, KafkaError)):
                    raise
                log.warning("the outbox waits (%s); again in %.1f s", type(error).__name__, delay_seconds)
                delay_seconds = min(delay_seconds * 2, db.BACKOFF_SECONDS_MAX)
            await db.sleep_or_stop(self._stopping, delay_seconds)

    async def _relay(self, connection: db.Connection) -> None:
        async with Producer(self._bootstrap_servers) as producer:
            while not self._stopping.is_set():
                self.progress = asyncio.get_running_loop().time()
                sent = await send_outbox(connection, producer.send)
                for errand in self._errands:
                    sent += await errand(connection, producer.send)
                if not sent:
                    await db.sleep_or_stop(self._stopping, IDLE_SECONDS)


async def send_outbox(connection: db.Connection, send: Send) -> int:
    """Send the oldest messages in order, then delete them; how many."""
    rows = await connection.fetch(
        "select id, topic, key, payload from outbox order by id limit $1", BATCH_MAX
    )
    if rows:
        await send(Message(row["topic"], row["key"], row["payload"]) for row in rows)
        await connection.execute(
            "delete from outbox where id = any($1::bigint[])", [row["id"] for row in rows]
        )
    return len(rows)
