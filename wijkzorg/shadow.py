"""A shadow: a service's database rebuilt from the log beside the live one, by the service's own handlers.

Nothing is told from a shadow, and its readers are in no group, so that live work goes on. It reads up to where the live
database is, never further; so at the end, in one view of the live database, both have read the same records.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import groupby

from shared import db
from shared.contracts.contract import Topic
from shared.messaging import dead_letter, intervention, position, taking_over, workbench
from shared.messaging.aside import TooManyAsideError
from shared.messaging.delivery import Partition, Place
from shared.messaging.handler import Handler
from shared.messaging.intervention import Intervention
from shared.messaging.logs import Span, logs_of
from shared.messaging.rebuilt import Compared, Rebuilt, compare
from shared.messaging.stream import Stream
from shared.messaging.topics import is_compacted, topics_pattern
from shared.refused import RefusedError
from shared.service import Parts, Service
from shared.settings import clock_of
from wijkzorg.common import CommandError

POLL_SECONDS = 0.1
SILENT_SECONDS_MAX = 300.0
NEAR_RECORDS = 2000
INTERVENTIONS_AT_ONCE = 500
LETTERS_AT_ONCE = 100_000
CHASES_MAX = 5
"""How often it runs after the live database before it takes a view of it, however far that is by then."""
FOR_AS_LONG_AS_IT_TAKES = {"idle_in_transaction_session_timeout": "0"}
TAKE_OVER_SECONDS_MAX = 30.0
HELD_SECONDS_MAX = 60
"""How long at most the live database is held: PostgreSQL sees to it, also where the command is frozen meanwhile."""
OnProgress = Callable[[int, int], None]
Ends = Mapping[Partition, int]


@dataclass(frozen=True)
class ShadowParts(Parts):
    """What the streams of a shadow are built from: they read up to here, and are in no group."""

    up_to: Ends = field(default_factory=dict)

    def stream(
        self, name: str, reads: Iterable[Topic], handler: Handler, *, records_max: int | None = None
    ) -> Stream:
        """The consumer of these topics, up to the ends."""
        settings = super().stream(name, reads, handler, records_max=records_max).settings
        own = {p: end for p, end in self.up_to.items() if re.match(settings.pattern, p.topic)}
        return Stream(replace(settings, up_to=own), self.pool, handler)


@dataclass(frozen=True)
class Shadow:
    """A service, whose settings name the shadow's database, and what of it is rebuilt; `live`: the other database."""

    service: Service
    rebuilt: Rebuilt
    live: str
    on_progress: OnProgress

    @property
    def _dsn(self) -> str:
        return self.service.settings.dsn

    async def rebuild(self) -> dict[str, Compared]:
        """Read all that the live database has read, and compare; by name what that came to. Again goes on where it was.

        Raises CommandError where the log does not hold what it needs, or nothing gets on; FatalError; MigrationError.
        """
        async with _pool(self._dsn) as pool, _connection(self.live, **FOR_AS_LONG_AS_IT_TAKES) as live:
            async with pool.acquire() as connection:
                await db.migrate(connection, self.service.rooms)
            await self._require_same_version(pool, live)
            await self._chase(pool, live)
            async with live.transaction(isolation="repeatable_read", readonly=True):
                await self._follow(pool, live)
                await self.rebuilt.settle(pool, live)
                return await self._compare(pool, live)

    async def last_words(self) -> list[Place]:
        """Where unmended dead letters stand that are the last that the log says under their keys, of a topic that is compacted.

        What was said before them the live database may know, and the log no more.
        """
        found: list[Place] = []
        after = Place.at("", 0, 0)
        bootstrap_servers = self.service.settings.kafka_bootstrap_servers
        async with _connection(self.live) as live, logs_of(bootstrap_servers) as logs:
            while some := await dead_letter.unmended(live, after, LETTERS_AT_ONCE):
                for partition, letters in groupby(some, lambda one: one.place.partition):
                    if is_compacted(partition.topic):
                        places = {one.key: one.place for one in letters}
                        first = next(iter(places.values())).offset
                        last = await logs.last_of(partition, places, first)
                        found += [place for key, place in places.items() if last.get(key) == place.offset]
                after = some[-1].place
        return found

    @asynccontextmanager
    async def taken_over(self) -> AsyncIterator[db.Connection]:
        """Hold all that the live database holds by now, so that it may take its place; once it was rebuilt.

        Until the session given is closed nothing is handled, nor done by a person, in the live database: it waits, for
        HELD_SECONDS_MAX at most. Raises CommandError where that is too short.
        """
        async with _connection(self.live, transaction_timeout=f"{HELD_SECONDS_MAX}s") as live:
            async with _pool(self._dsn) as pool:
                await self._chase(pool, live)
                await live.transaction().start()  # which ends with the session
                try:
                    async with asyncio.timeout(TAKE_OVER_SECONDS_MAX):
                        await self._take_over(pool, live)
                except TimeoutError:
                    raise CommandError(
                        f"What came to {self.service.name} meanwhile could not be taken over within {TAKE_OVER_SECONDS_MAX:.0f} s. "
                        "Nothing was swapped: the live database goes on, and what was rebuilt is kept. Give the same command "
                        "again when less comes."
                    ) from None
            yield live

    async def _take_over(self, pool: db.Pool, live: db.Connection) -> None:
        await taking_over.hold(live)
        await self._require_same_version(pool, live)
        await self._follow(pool, live)
        async with pool.acquire() as shadow:
            await taking_over.take_over(live, shadow)

    async def _chase(self, pool: db.Pool, live: db.Connection) -> None:
        """Run after the live database, which goes on meanwhile, until it is near."""
        for _ in range(CHASES_MAX):
            if await self._follow(pool, live) < NEAR_RECORDS:
                break
            await self.rebuilt.settle(pool, live)

    async def _follow(self, pool: db.Pool, live: db.Connection) -> int:
        """Do what people have done in the live database by now, and read what it has read; how many records that were."""
        ends = await position.read_all(
            live
        )  # first: what was mended up to there is then known before it is read
        await self._intervene(pool, live, ends)
        return await self._catch_up(pool, ends)

    async def _intervene(self, pool: db.Pool, live: db.Connection, ends: Ends) -> None:
        """Do to records, read already or not, what people did to them in the live database."""
        streams = self._streams(pool, ends)
        last = 0
        while some := await intervention.listed(live, last, INTERVENTIONS_AT_ONCE):
            async with pool.acquire() as connection:
                todo = await intervention.not_done(connection, some)
            for one in todo:
                handler = next(
                    (s.handler for s in streams if re.match(s.settings.pattern, one.place.partition.topic)),
                    None,
                )
                if handler is not None:
                    await _do_again(pool, handler, one)
            last = some[-1].id

    async def _require_same_version(self, pool: db.Pool, live: db.Connection) -> None:
        """Raise CommandError where the live database has other tables than the shadow."""
        async with pool.acquire() as connection:
            if await db.applied(connection) != await db.applied(live):
                raise CommandError(
                    f"The database of {self.service.name} was made by another version than this command is of. The live database "
                    "is as it was. Use the command of the version that runs, with --anew."
                )

    async def _compare(self, pool: db.Pool, live: db.Connection) -> dict[str, Compared]:
        waiting = await self.rebuilt.unsettled(live)
        async with pool.acquire() as shadow, shadow.transaction(isolation="repeatable_read", readonly=True):
            return {
                name: await compare(live, shadow, query, waiting.get(name, ()))
                for name, query in self.rebuilt.compared.items()
            }

    async def _catch_up(self, pool: db.Pool, ends: Ends) -> int:
        """Read up to these ends; how many records that were."""
        async with pool.acquire() as connection:
            known = await position.read(connection, ends.keys())
        await self._require_readable(known, ends)
        total = left = _left(known, ends)
        if not total:
            return 0
        streams = self._streams(pool, ends)
        tasks = [asyncio.create_task(stream.run()) for stream in streams]
        try:
            moved = asyncio.get_running_loop().time()
            while left:
                done, _ = await asyncio.wait(tasks, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    _require_handled(task)
                async with pool.acquire() as connection:
                    now = _left(await position.read_all(connection), ends)
                if now < left:
                    left, moved = now, asyncio.get_running_loop().time()
                    self.on_progress(total - left, total)
                elif asyncio.get_running_loop().time() - moved > SILENT_SECONDS_MAX:
                    raise CommandError(
                        f"The rebuilding has not moved on for {SILENT_SECONDS_MAX:.0f} s. What was rebuilt is kept, and the live "
                        "database is as it was. See whether Kafka and PostgreSQL answer, and give the same command again."
                    )
        finally:
            for stream in streams:
                stream.stop()
            await asyncio.gather(*tasks, return_exceptions=True)
        return total

    def _streams(self, pool: db.Pool, ends: Ends) -> list[Stream]:
        settings = self.service.settings
        parts = ShadowParts(self.service.name, settings, clock_of(settings.clock), pool, up_to=ends)
        return [loop for loop in self.service.loops(parts) if isinstance(loop, Stream)]

    async def _require_readable(self, known: Ends, ends: Ends) -> None:
        """Raise CommandError where a log does not hold what lies between what is known and these ends."""
        settings, name = self.service.settings, self.service.name
        async with logs_of(settings.kafka_bootstrap_servers) as logs:
            spans = await logs.spans(topics_pattern(settings.topic_prefix, self.service.reads))
        for partition, end in sorted(ends.items()):
            span, at = spans.get(partition, Span(0, 0)), known[partition]
            if at > end:
                raise CommandError(
                    f"The shadow has read topic {partition.topic} partition {partition.number} up to offset {at}, and {name} up "
                    f"to {end}: its database was restored. Nothing was compared. Begin from the first record by --anew."
                )
            if at < end and not span.begin <= at < end <= span.end:
                raise CommandError(
                    f"Topic {partition.topic} partition {partition.number} holds offsets {span.begin} to {span.end}, and "
                    f"{name} has read it up to {end}: from {at} on it cannot be rebuilt. Nothing was compared, and the live "
                    "database is as it was. Begin with a backup, as docs/REPLAY.md says."
                )


async def _do_again(pool: db.Pool, handler: Handler, one: Intervention) -> None:
    """The same act on the same record. What is not refused here, as where its record is compacted away, has none."""
    async with pool.acquire() as connection:
        with suppress(RefusedError):
            async with connection.transaction():
                if one.value is None:
                    await workbench.reject(connection, handler, one.place, one.by, ahead=True)
                else:
                    await workbench.mend(connection, handler, one.place, one.by, one.value, ahead=True)


def _require_handled(task: asyncio.Task[None]) -> None:
    """Raise what ended this stream, if anything did; CommandError where it could not handle what others could."""
    try:
        task.result()
    except TooManyAsideError:
        raise CommandError(
            "Many of the last records of most partitions could not be read or handled. This looks like a fault of the version of "
            "this command, not of the records. The live database is as it was, and what was rebuilt is kept. Use the command "
            "of the version that runs, with --anew; if the records are to blame after all, set WIJKZORG_PUT_ASIDE_PERCENT_MAX=100."
        ) from None


def _left(known: Ends, ends: Ends) -> int:
    return sum(max(0, end - known.get(partition, 0)) for partition, end in ends.items())


@asynccontextmanager
async def _pool(address: str) -> AsyncIterator[db.Pool]:
    pool = await db.open_pool(address)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def _connection(address: str, **session: str) -> AsyncIterator[db.Connection]:
    connection = await db.connect(address, **session)
    try:
        yield connection
    finally:
        await connection.close(timeout=db.CONNECT_TIMEOUT_SECONDS)
