"""The batch consumer: fetch, parse each, one transaction for effect and position; again.

The database knows how far each partition is; Kafka's committed offset is only a hint for lag. On assignment the
consumer seeks to the database's position, and every batch moves it by compare-and-set in its own transaction,
so that a zombie, a lost answer to COMMIT and a restored database are all harmless.

The next batch is fetched and parsed while this one commits. While the database is away the consumer pauses, stays
in its group, and waits. One record that cannot be handled is found by halving and put aside.
"""

import asyncio
import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from aiokafka.errors import KafkaError

from shared import away, db
from shared.messaging import course, position
from shared.messaging.aside import Limit
from shared.messaging.asking import asking_kafka_within
from shared.messaging.delivery import Counted, Delivery, FatalError, Move, Partition, PositionMovedError
from shared.messaging.handler import Handler
from shared.messaging.intervention import as_mended
from shared.messaging.loop import Loop
from shared.messaging.source import BEGIN_SECONDS, Listener, StreamSettings
from shared.messaging.up_to import source_of
from shared.tracing import span

DRAIN_SECONDS_MAX = 10.0
LOOK_SECONDS = 2.0
SEEK_TIMEOUT_SECONDS = 20.0
log = logging.getLogger("wijkzorg.stream")
Fetching = asyncio.Task[list[Delivery]]


class Stream(Loop):
    """One consumer of one pattern of topics. Run it once; `stop` ends it after the batch in hand."""

    def __init__(self, settings: StreamSettings, pool: db.Pool, handler: Handler) -> None:
        super().__init__(settings.name)
        self.settings = settings
        self.handler = handler
        self.counted.update(dict.fromkeys(handler.counts, 0))
        self._pool = pool
        self.source = source_of(settings)
        self._idle = asyncio.Event()
        self._idle.set()
        self._next: dict[Partition, int] = {}
        self._unsought: set[Partition] = set()
        self._assignments = 0
        self._limit = Limit(settings.put_aside_percent_max)
        self._looked = 0.0

    def reads(self, topic: str) -> bool:
        """Whether this topic is one of its pattern."""
        return re.match(self.settings.pattern, topic) is not None

    @property
    def held(self) -> Collection[Partition]:
        """The partitions that this copy has to handle, once it may."""
        return self._next.keys() | self._unsought if self.settings.may_begin() else ()

    @property
    def is_dead(self) -> bool:
        """Whether it fell out of its group for good."""
        return self.source.is_dead and not self.stopping.is_set()

    async def run(self) -> None:
        """Consume until stopped. Raises FatalError where only a person can help."""
        if not await self._joined():
            return
        fetching: Fetching | None = None
        try:
            while not self.stopping.is_set():
                self.turn()
                if self._unsought:
                    # What is discarded may hold records of any partition.
                    self._unsought |= self._next.keys()
                    await _discard(fetching)
                    await self._seek_unsought()
                    fetching = None
                fetching = await self._turn(fetching)
        finally:
            await _discard(fetching)
            await self.source.hint(self._next, now=True)
            await self.source.close()

    async def _joined(self) -> bool:
        """Join the group, waiting for Kafka as long as it takes; False if asked to stop meanwhile."""
        while not self.stopping.is_set():
            self.turn()
            try:
                await self.source.join(Listener(self))
            except KafkaError as error:
                await self.patience.wait(error)
            else:
                return True
        return False

    async def _turn(self, fetching: Fetching | None) -> Fetching | None:
        """Handle one batch while the next is fetched; what is fetched across a new assignment is dropped."""
        assignments = self._assignments
        try:
            batch = await (fetching or self.source.fetch(self._unsought))
        except KafkaError as error:
            await self._lost(error)
            return None
        if assignments != self._assignments:
            return None
        following = asyncio.create_task(self.source.fetch(self._unsought)) if batch else None
        try:
            await (self._handle(batch) if batch else self._look())
        except Exception as error:
            await _discard(following)
            if not (away.is_away(error) or isinstance(error, PositionMovedError)):
                raise
            await self._begin_again(error)
            return None
        return following

    async def _lost(self, error: KafkaError) -> None:
        """Fetching failed: begin again from the database's positions, after a moment."""
        if self.source.is_dead:
            raise FatalError(
                f"Kafka does not let this service read ({error}). Nothing was lost. "
                "Mend the rights of its consumer group, and start again."
            ) from error
        self._unsought |= self._next.keys()
        await self.patience.wait(error)
        if self.source.is_deaf:
            await self._join_anew()

    async def _join_anew(self) -> None:
        """Go on with another consumer, which is assigned its partitions anew."""
        await self.source.close()
        self._assignments += 1
        self._next.clear()
        self._unsought.clear()
        await self._joined()

    async def _look(self) -> None:
        """While nothing comes: require now and then that the database is still where this process left it."""
        now = asyncio.get_running_loop().time()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        async with self._pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS) as connection:
            known = dict(self._next)
            positions = await position.read(connection, known)
            still = {p: at for p, at in known.items() if self._next.get(p) == at and p not in self._unsought}
            course.require_same(still, positions)
            await self._pass_over(connection, still)
        self.patience.over()

    async def _pass_over(self, connection: db.Connection, still: Mapping[Partition, int]) -> None:
        """Move on over offsets at the end of a log that no record has: a transaction's marker, or what is compacted."""
        assignments, reached = self._assignments, await self.source.reached(still)
        strayed = {partition: still[partition] for partition, at in reached.items() if at != still[partition]}
        if strayed:
            await self.source.require_kept(strayed)
        if strayed and assignments == self._assignments:
            moves = [Move(partition, offset, reached[partition]) for partition, offset in strayed.items()]
            await position.move(connection, moves)
            self._next.update((move.partition, move.new) for move in moves)

    async def _handle(self, batch: Sequence[Delivery]) -> None:
        """Apply a batch of which nobody has handled a part meanwhile."""
        self._idle.clear()
        try:
            expected = course.expected(batch, self._next)
            if passed_over := course.passed_over(expected, self._next):
                await self.source.require_kept(passed_over)  # or was that no compaction, but a log cut off?
            with self.batch("process", lambda: [one.traceparent for one in expected]):
                await self._apply(expected)
            await self.source.hint(self._next)
        finally:
            self._idle.set()
        self.patience.over()

    async def _apply(self, batch: Sequence[Delivery]) -> None:
        if not batch:
            return
        moves = course.moves(batch, self._next)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await position.move(connection, moves)
                read = await as_mended(connection, batch, moves)
                counted = await self.handler.apply(connection, read)
                if any(delivery.error for delivery in read):
                    await self._limit.require_few(connection, list(self._next), moves)
        except (PositionMovedError, FatalError):
            raise
        except Exception as error:
            if db.is_waitable(error) or db.is_fault_of_ours(error):
                raise
            await self._halve(batch, error)
        else:
            self._moved(moves, counted)

    def _moved(self, moves: Iterable[Move], counted: Counted) -> None:
        """It is committed: note where that leaves this process, and what it came to."""
        self._next.update((move.partition, move.new) for move in moves)
        self._limit.moved(moves)
        self.counted.update(counted or {})
        self.turn()
        self.bell.ring()

    async def _halve(self, batch: Sequence[Delivery], error: Exception) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._apply(batch[:middle])
            await self._apply(batch[middle:])
            return
        delivery, reason = batch[0], type(error).__name__
        with span("put aside", delivery.traceparent):
            where = (*delivery.partition, delivery.offset)
            log.error("put aside topic %s partition %d offset %d", *where, exc_info=error)
            moves = course.moves(batch, self._next)
            async with self._pool.acquire() as connection, connection.transaction():
                await position.move(connection, moves)
                counted = await self.handler.put_aside(connection, delivery, reason)
                await self._limit.require_few(connection, list(self._next), moves)
        self._moved(moves, counted)

    async def _begin_again(self, error: Exception) -> None:
        """Go back to the database's positions; where something is away, pause and stay in the group until it answers."""
        self._unsought |= self.source.pause()
        self.settings.unsure()
        refusal: Exception | None = error
        if isinstance(error, PositionMovedError):
            log.warning("%s: %s", self.name, error)
            refusal = None
        while refusal is not None and not self.stopping.is_set():
            self.turn()
            await self.patience.wait(refusal)
            await self.source.stay()
            refusal = await self._refusal()
        self.source.resume()

    async def _refusal(self) -> Exception | None:
        """What the database says to a question; None where it answers."""
        try:
            async with self._pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS) as connection:
                await connection.fetchval("select 1")
        except Exception as error:
            if not db.is_waitable(error):
                raise
            return error
        return None

    async def _seek_unsought(self) -> None:
        while self._unsought and not self.stopping.is_set():
            self.turn()
            if not self.settings.may_begin():
                await db.sleep_or_stop(self.stopping, BEGIN_SECONDS)
                continue
            partitions, assignments = frozenset(self._unsought), self._assignments
            try:
                async with self._pool.acquire(timeout=db.CONNECT_TIMEOUT_SECONDS) as connection:
                    positions = await position.read(connection, partitions)
                async with asking_kafka_within(SEEK_TIMEOUT_SECONDS):
                    await self.source.seek(positions)
            except Exception as error:
                if not away.is_away(error):
                    raise
                await self.patience.wait(error)
                continue
            if assignments == self._assignments:
                self._next.update(positions)
                self._unsought -= partitions

    async def revoked(self, partitions: Iterable[Partition]) -> None:
        """Finish the batch in hand before others get these partitions."""
        self._assignments += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS_MAX):
                await self._idle.wait()
        for partition in partitions:
            self._next.pop(partition, None)
            self._unsought.discard(partition)

    def assigned(self, partitions: Iterable[Partition]) -> None:
        """Take note of what must be sought before it is read."""
        self._assignments += 1
        self._unsought |= set(partitions)


async def _discard(fetching: Fetching | None) -> None:
    if fetching is not None:
        fetching.cancel()
        with suppress(asyncio.CancelledError, KafkaError):
            await fetching
