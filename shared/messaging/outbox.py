"""The outbox: what was decided is told, once its transaction has committed, in the order it was decided.

One relay a database, held by an advisory lock on a session of its own; losing the session is losing the role.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from shared import away, db
from shared.contracts.event import traceparent_in
from shared.messaging.echo import Echo, note
from shared.messaging.loop import Loop
from shared.messaging.producer import Message, Producer

RELAY_LOCK = 0x72656C61
BATCH_MAX = 2000
IDLE_SECONDS = 0.05
ROLE_SECONDS = 0.5
"""How soon another copy takes over from a relay that has gone."""
HEAR_SECONDS = 5.0
"""How often a relay looks whether another has told something: one that was frozen as it sent, when it had the role."""
ROLE_TIMEOUT = "90s"
"""After so much silence a relay loses its role: more than any sending takes."""

Then = Callable[[], Awaitable[object]]
Send = Callable[[Iterable[Message], Then], Awaitable[None]]
"""Sends, and then notes in one transaction what that leaves told and does what is given: both, or neither."""
Errand = Callable[[db.Connection, Send], Awaitable[int]]
"""Something else to tell, beside the outbox: sends what it finds, or lays it there; 0 where nothing more waits for it."""


async def put(tx: db.Connection, messages: Iterable[Message], moment: datetime) -> None:
    """Lay messages in the outbox, in order, in the transaction of what they tell of."""
    await tx.copy_records_to_table(
        "outbox",
        records=[(message.topic, message.key, message.value, moment) for message in messages],
        columns=("topic", "key", "payload", "created_at"),
    )


class Depth(NamedTuple):
    """How many messages wait, and how long the oldest of them does, by the clock of the database."""

    messages: int
    oldest_seconds: float


async def depth(connection: db.Connection) -> Depth:
    """How much waits to be sent."""
    row = await connection.fetchrow(
        "select count(*), coalesce(extract(epoch from clock_timestamp() -"
        " (select laid_at from outbox order by id limit 1)), 0)::float from outbox"
    )
    return Depth(*row) if row else Depth(0, 0)


class Relay(Loop):
    """Sends the outbox, and runs the errands of the service, as long as it holds the role."""

    def __init__(
        self,
        address: db.Address,
        bootstrap_servers: str,
        errands: Iterable[Errand] = (),
        echo: Echo | None = None,
    ) -> None:
        super().__init__("relay")
        self._address, self._bootstrap_servers = address, bootstrap_servers
        self._errands, self._echo = tuple(errands), echo
        self._listened = 0.0

    async def run(self) -> None:
        """Relay until stopped; on any error of Kafka or the database, begin anew after a while."""
        while not self.stopping.is_set():
            self.turn()
            try:
                connection = await db.connect(self._address, idle_session_timeout=ROLE_TIMEOUT)
                try:
                    if await self._has_the_role(connection):
                        await self._relay(connection)
                finally:
                    await connection.close(timeout=db.CONNECT_TIMEOUT_SECONDS)
            except Exception as error:
                if not away.is_away(error):
                    raise
                if self._echo is not None and db.is_waitable(error):
                    self._echo.forget()
                await self.patience.wait(error)

    async def _has_the_role(self, connection: db.Connection) -> bool:
        """Wait until no other copy relays; False if asked to stop meanwhile."""
        while not self.stopping.is_set():
            self.turn()
            if await connection.fetchval("select pg_try_advisory_lock($1)", RELAY_LOCK):
                return True
            if self._echo is not None:
                await self._echo.look(connection)
            self.patience.over()
            await db.sleep_or_stop(self.stopping, ROLE_SECONDS)
        return False

    async def _hear(self, connection: db.Connection) -> None:
        """Hear what this database does not know to be told, before anything more is."""
        if self._echo is not None:
            self._listened = asyncio.get_running_loop().time()
            await self._echo.catch_up(connection, self._goes_on)

    def _has_to_hear(self) -> bool:
        """Whether there is, or may be by now, something on the topics that this database does not know."""
        if self._echo is None:
            return False
        return not self._echo.heard or asyncio.get_running_loop().time() - self._listened > HEAR_SECONDS

    def _goes_on(self) -> bool:
        self.turn()
        return not self.stopping.is_set()

    async def _relay(self, connection: db.Connection) -> None:
        await self._hear(connection)
        async with Producer(self._bootstrap_servers) as producer:

            async def send(messages: Iterable[Message], then: Then) -> None:
                batch = list(messages)
                with self.batch("send", lambda: [traceparent_in(one.value) for one in batch]):
                    places = await producer.place(batch)
                self.turn()
                async with connection.transaction():
                    is_known = self._echo is None or await note(connection, places)
                    await then()
                if not is_known:
                    await self._hear(connection)

            while not self.stopping.is_set():
                self.turn()
                rung = self.bell.listen()
                if self._has_to_hear():
                    await self._hear(connection)
                more = await send_outbox(connection, send) == BATCH_MAX
                for errand in self._errands:
                    more |= bool(await errand(connection, send))
                self.patience.over()
                if not more:
                    await self.rest(rung, IDLE_SECONDS)


async def send_outbox(connection: db.Connection, send: Send) -> int:
    """Send the oldest messages in order, then delete them; how many."""
    rows = await connection.fetch(
        "select id, topic, key, payload from outbox order by id limit $1", BATCH_MAX
    )
    if rows:
        sent = [row["id"] for row in rows]
        await send(
            (Message(row["topic"], row["key"], row["payload"]) for row in rows),
            lambda: connection.execute("delete from outbox where id = any($1::bigint[])", sent),
        )
    return len(rows)
