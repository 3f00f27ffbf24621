"""The echo: what a service's own topics hold beyond what its database knows to be told.

A database that is restored from an older backup lacks what was told after it. That is heard before anything more is
told, and before an owner of facts answers: so it takes back what it can, and never says another thing under a number
or versie that is out already. How far each topic is known stands in `told`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

from aiokafka import TopicPartition

from shared.db import Connection
from shared.messaging.asking import asking_kafka_within, reader
from shared.messaging.delivery import Delivery, FatalError, Partition, Place
from shared.messaging.own import versie_at
from shared.messaging.source import delivery_of
from shared.messaging.topics import REQUEST_TIMEOUT_MS, Ends

RECORDS_MAX = 100
FETCH_WAIT_MS = 200
ASK_SECONDS_MAX = 30.0
SAY_SECONDS = 10.0
log = logging.getLogger("wijkzorg.echo")


class Hearing(Protocol):
    """What a service does with what it hears of its own topics; all of it may be heard again."""

    async def hear(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Take in some of it, in the order of each partition."""

    async def done(self, tx: Connection) -> None:
        """All there was is heard: what could not be done before."""


class Echo:
    """Hears a service's own topics, for whoever has the role of its relay."""

    def __init__(self, bootstrap_servers: str, pattern: str, hearing: Hearing) -> None:
        self._bootstrap_servers, self._pattern, self._hearing = bootstrap_servers, pattern, hearing
        self._ends = Ends(bootstrap_servers)
        self.left: int | None = None
        """How many records have yet to be heard; None before that is known."""
        self._seen: Mapping[Partition, int] = {}

    @property
    def heard(self) -> bool:
        """Whether this database knows all that its topics held when this process looked."""
        return self.left == 0

    def forget(self) -> None:
        """The database went away: what answers next under its name may be an older one, restored."""
        self.left = None

    async def look(self, connection: Connection) -> None:
        """For a copy without the role: see how much the one that has it must still hear of what there was at first.

        What is told while this copy looks on is told by that one, and there may always be something.
        """
        if self.heard:
            return
        if self.left is None:
            async with asking_kafka_within(ASK_SECONDS_MAX):
                self._seen = await self._ends.read(self._pattern)
        known = await read_told(connection)
        self.left = sum(max(0, end - known.get(partition, 0)) for partition, end in self._seen.items())

    async def catch_up(self, connection: Connection, go_on: Callable[[], bool]) -> None:
        """Hear all there is beyond what is known, as long as `go_on` says so, which it is asked after each batch.

        Raises FatalError where a topic ends before what was told on it.
        """
        behind = await self._behind(connection)
        self.left = sum(end - at for at, end in behind.values())
        if not behind:
            return
        log.info(
            "%d records of its own topics are not known to this database: they are heard first", self.left
        )
        said = asyncio.get_running_loop().time()
        async with _reader_at(self._bootstrap_servers, {p: at for p, (at, _) in behind.items()}) as consumer:
            while self.left and go_on():
                batch, reached = await _fetch(consumer)
                left = sum(max(0, end - reached[p]) for p, (_, end) in behind.items())
                async with connection.transaction():
                    await self._take_in(connection, batch, last=not left)
                    await _reach(connection, reached)
                self.left = left
                if asyncio.get_running_loop().time() - said > SAY_SECONDS:
                    said = asyncio.get_running_loop().time()
                    log.info("%d records of its own topics have yet to be heard", left)

    async def _take_in(self, tx: Connection, batch: Sequence[Delivery], *, last: bool) -> None:
        if batch:
            await _drop_told(tx, batch)
            await self._hearing.hear(tx, batch)
        if last:
            await self._hearing.done(tx)

    async def _behind(self, connection: Connection) -> dict[Partition, tuple[int, int]]:
        """Of each partition that holds more than is known: how far it is known, and where it ends."""
        async with asking_kafka_within(ASK_SECONDS_MAX):
            ends = await self._ends.read(self._pattern)
        known = await read_told(connection)
        for partition, at in known.items():
            if at > (end := ends.get(partition, 0)):
                raise FatalError(
                    f"Topic {partition.topic} partition {partition.number} ends at offset {end}, but this service has "
                    f"told up to {at}: Kafka has lost records. Nothing more was told. Restore Kafka's data, or follow "
                    "'Kafka lost' in docs/BACKUP.md."
                )
        return {p: (known.get(p, 0), end) for p, end in ends.items() if known.get(p, 0) < end}

    async def close(self) -> None:
        """Let go of Kafka."""
        await self._ends.close()


@asynccontextmanager
async def _reader_at(bootstrap_servers: str, positions: Mapping[Partition, int]) -> AsyncIterator[Any]:
    settings = {"request_timeout_ms": REQUEST_TIMEOUT_MS, "fetch_max_wait_ms": FETCH_WAIT_MS}
    async with reader(bootstrap_servers, ASK_SECONDS_MAX / 2, **settings) as consumer:
        async with asking_kafka_within(ASK_SECONDS_MAX / 2):
            tps = {TopicPartition(*partition): at for partition, at in positions.items()}
            consumer.assign(list(tps))
            for tp, begin in (await consumer.beginning_offsets(list(tps))).items():
                consumer.seek(tp, max(begin, tps[tp]))
        yield consumer


async def _fetch(consumer: Any) -> tuple[list[Delivery], dict[Partition, int]]:
    """Some records, and how far each partition is read."""
    async with asking_kafka_within(ASK_SECONDS_MAX):
        fetched = await consumer.getmany(timeout_ms=FETCH_WAIT_MS, max_records=RECORDS_MAX)
        reached = {
            Partition(tp.topic, tp.partition): await consumer.position(tp) for tp in consumer.assignment()
        }
    batch = []
    for tp, records in fetched.items():
        batch += [delivery_of(Partition(tp.topic, tp.partition), record) for record in records]
        await asyncio.sleep(0)
    return batch, reached


async def read_told(connection: Connection) -> dict[Partition, int]:
    """Up to where each partition of the service's own topics is known."""
    rows = await connection.fetch("select topic, partition, next from told")
    return {Partition(row[0], row[1]): row[2] for row in rows}


async def _reach(tx: Connection, reached: Mapping[Partition, int]) -> None:
    """Know these partitions this far."""
    await tx.executemany(
        "insert into told (topic, partition, next) values ($1, $2, $3)"
        " on conflict (topic, partition) do update set next = greatest(told.next, excluded.next)",
        sorted((*partition, at) for partition, at in reached.items()),
    )


async def _drop_told(tx: Connection, batch: Iterable[Delivery]) -> None:
    """Take out of the outbox what is on its topic already: sent later than its successor, it would outlive that."""
    rows = [(d.partition.topic, d.key, d.value) for d in batch if d.key is not None and d.value is not None]
    await tx.execute(
        "delete from outbox o using unnest($1::text[], $2::bytea[], $3::bytea[]) u(topic, key, payload)"
        " where o.topic = u.topic and convert_to(o.key, 'UTF8') = u.key and o.payload = u.payload",
        *([row[column] for row in rows] for column in range(3)),
    )


async def note(connection: Connection, sent: Collection[Place]) -> bool:
    """Know that these were told; False where somebody else has said something between, which is then to be heard."""
    offsets: dict[Partition, list[int]] = {}
    for partition, offset in sent:
        offsets.setdefault(partition, []).append(offset)
    if any(at != list(range(at[0], at[0] + len(at))) for at in offsets.values()):
        return False
    rows = [(*partition, at[0], at[-1] + 1) for partition, at in sorted(offsets.items())]
    status = await connection.execute(
        """
        insert into told as t (topic, partition, next)
        select u.topic, u.partition, u.next
        from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) u(topic, partition, first, next)
        where u.first = coalesce((select k.next from told k where (k.topic, k.partition) = (u.topic, u.partition)), 0)
        on conflict (topic, partition) do update set next = excluded.next
        """,
        *([row[column] for row in rows] for column in range(4)),
    )
    return status == f"INSERT 0 {len(rows)}"


async def raise_versie(tx: Connection, versie: int) -> None:
    """Give no versie any more up to and including this one, which was heard."""
    await tx.execute("update told_versie set versie = $1 where versie < $1", versie)


async def next_versie(tx: Connection, moment: datetime) -> int:
    """What a new versie is at least: milliseconds since 1970, and higher than any that this database did not know."""
    return int(await tx.fetchval("select greatest($1, versie + 1) from told_versie", versie_at(moment)))
