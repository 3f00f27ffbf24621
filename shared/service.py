"""Everything technical that a service is, in one call: `run(service)`.

FastStream holds the application's life: signals, start, stop. Around the service's own loops stand the database
with its migrations, the topics it owns, its HTTP server, and an orderly end.
"""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import asyncpg
from fastapi import APIRouter, FastAPI
from faststream import FastStream
from faststream.kafka import KafkaBroker

from shared import away, db
from shared.away import Patience
from shared.contracts.contract import TOPICS, Topic
from shared.gemeente import GemeenteError
from shared.messaging import topics
from shared.messaging.bell import Bell
from shared.messaging.delivery import FatalError
from shared.messaging.echo import Echo, Hearing
from shared.messaging.handler import Handler
from shared.messaging.loop import Loop
from shared.messaging.outbox import Errand, Relay
from shared.messaging.source import StreamSettings
from shared.messaging.stream import Stream
from shared.messaging.topics import Ends, topics_pattern
from shared.settings import Clock, ServiceSettings, SettingsError, clock_of, settings_of_environment
from shared.telemetry import configure_logging
from shared.tracing import exporting
from shared.web import controle, dood
from shared.web.application import application
from shared.web.controle import Check, Checked, nothing_more
from shared.web.described import About
from shared.web.health import Health, Waiting, Watch
from shared.web.server import CUT_OFF_SECONDS_MAX, Server

STOP_SECONDS_MAX = 6.0
GC_THRESHOLDS = (100_000, 20, 50)
"""A batch makes many objects and hardly any cycle: at Python's own thresholds a fifth of its time is looking for one."""
log = logging.getLogger("wijkzorg.service")
T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """What a service builds its loops from, once its database answers."""

    name: str
    settings: ServiceSettings
    clock: Clock
    pool: db.Pool
    echo: Echo | None = None

    def stream(
        self, name: str, reads: Iterable[Topic], handler: Handler, *, records_max: int | None = None
    ) -> Stream:
        """The consumer of these topics, once all that was told is known; `records_max` a transaction, where they are large."""
        settings = StreamSettings.of(self.name, name, reads, self.settings, records_max)
        unsure = self.echo.forget if self.echo is not None else settings.unsure
        settings = replace(settings, may_begin=lambda: self.heard, unsure=unsure)
        return Stream(settings, self.pool, handler)

    @property
    def heard(self) -> bool:
        """Whether the service knows all that it has told, also after its database was restored."""
        return self.echo is None or self.echo.heard

    def relay(self, *errands: Errand) -> Relay:
        """Who sends the outbox, and runs these errands; but first hears what was told before."""
        settings = self.settings
        return Relay(lambda: settings.dsn, settings.kafka_bootstrap_servers, errands, self.echo)


@dataclass(frozen=True)
class Service:
    """A service: what it reads, its schema, what waits in it, its loops and its API.

    `api` gives a router that asks `Health.connection` for the database. `work` counts by soort what waits for a person.
    `hears` takes in what it told before its database was restored; `check` looks through its tables.
    """

    name: str
    port: int
    settings: ServiceSettings
    migrations: Traversable
    reads: Sequence[Topic]
    waiting: Waiting
    loops: Callable[[Parts], Sequence[Loop]]
    api: Callable[[Health], APIRouter]
    title: str = ""
    hears: Hearing | None = None
    work: Waiting | None = None
    check: Check = nothing_more
    owns: Sequence[Topic] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "owns", [t for t in TOPICS if t.owner == self.name and not t.per_aanbieder])

    def web(self, health: Health) -> FastAPI:
        """Its HTTP side."""
        settings = self.settings
        about = About(
            self.name, self.title or self.name, settings.topic_prefix, self.reads, settings.theme_file
        )
        kafka, reads = settings.kafka_bootstrap_servers, topics_pattern(settings.topic_prefix, self.reads)
        checked = Checked(kafka, reads, self.tells, self.check, self.hears)
        beheer = controle.router(health, checked), dood.router(health, clock_of(settings.clock), about)
        return application(about, health, self.api(health), *beheer)

    @property
    def tells(self) -> str:
        """The pattern of the topics on which nobody else tells anything."""
        own = [topic for topic in TOPICS if topic.writer == self.name]
        return topics_pattern(self.settings.topic_prefix, own)

    @property
    def rooms(self) -> list[tuple[str, Traversable]]:
        """Where its migrations are, in order."""
        return [("messaging", files("shared.messaging") / "migrations"), (self.name, self.migrations)]


def main(name: str, make: Callable[[ServiceSettings], Service]) -> int:
    """Run the service that `make` makes of the settings of the environment; the exit code."""
    configure_logging(name)
    try:
        return run(make(settings_of_environment()))
    except (SettingsError, GemeenteError) as error:
        log.critical("%s was not started: %s", name, error)
        return 1


def run(service: Service) -> int:
    """Run a service until it is told to stop; the exit code."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner, exporting(service.name):
        return runner.run(_Life(service).live())


class _Life:
    def __init__(self, service: Service) -> None:
        self.service, self.settings = service, service.settings
        self.stopping = asyncio.Event()
        self.broker = KafkaBroker(
            self.settings.kafka_bootstrap_servers,
            allow_auto_create_topics=False,
            consumer_only=True,  # so that its start asks nothing of a Kafka that may be gone again
            graceful_timeout=CUT_OFF_SECONDS_MAX,
        )
        self.app = FastStream(
            self.broker,
            logger=logging.getLogger("faststream"),
            on_startup=[self.start],
            on_shutdown=[self.stop],
        )
        kafka, hears = self.settings.kafka_bootstrap_servers, service.hears
        self.ends = Ends(kafka)
        pattern = topics_pattern(self.settings.topic_prefix, service.reads)
        self.health = Health(service.name, pattern, self.ends, service.waiting, self.settings.stuck_seconds)
        self.echo = Echo(kafka, service.tells, hears) if hears else None
        self.health.hears, self.health.work = self.echo, service.work
        if any(topic.compacted for topic in service.owns):
            self.health.echo = self.echo
        self.server = Server(service.web(self.health), self.settings.root_path)
        self.tasks: list[asyncio.Task[None]] = []
        self.failure: BaseException | None = None

    async def live(self) -> int:
        """From start to end; 0 if it was told to stop, 1 if it could not go on."""
        asyncio.get_running_loop().set_exception_handler(_unnoticed)
        try:
            await self.app.run()
        except (SystemExit, KeyboardInterrupt):
            pass
        except Exception as error:  # noqa: BLE001 - the last place where a sentence can be made of it
            self.failure = self.failure or error
        if self.failure is not None:
            log.error("%s stops: %s", self.service.name, _sentence(self.failure))
            return 1
        log.info("%s has stopped, as it was told to", self.service.name)
        return 0

    async def start(self) -> None:
        """Listen, wait for what is needed, migrate, declare, and set the loops going."""
        name, settings = self.service.name, self.settings
        try:
            self._listen()
            pool = self.health.pool = await self._once_it_answers(self._database)
            kafka, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
            await self._once_it_answers(lambda: topics.declare(kafka, prefix, self.service.owns))
        except Exception as error:
            self.failure = error
            await self.server.close()
            raise
        gc.set_threshold(*GC_THRESHOLDS)
        gc.freeze()  # all that is there now stays: looking through it again and again costs a tenth of a batch
        loops = self.service.loops(Parts(name, settings, clock_of(settings.clock), pool, self.echo))
        bell = Bell()
        for loop in loops:
            loop.bell = bell
        self.health.loops = [*loops, Watch(self.health)]
        self.tasks = [asyncio.create_task(self._guard(loop)) for loop in self.health.loops]
        log.info("%s is ready: its database and topics are there, %d loops run", name, len(self.tasks))

    async def _once_it_answers(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do this as soon as nothing that it needs is away; when it is to stop, wait to be cut off instead."""
        patience = self.health.starting = Patience(self.service.name, self.stopping)
        while not self.stopping.is_set():
            try:
                done = await work()
            except Exception as error:
                if not away.is_away(error):
                    raise
                await patience.wait(error)
            else:
                patience.over()
                return done
        return await asyncio.Future[T]()

    async def _database(self) -> db.Pool:
        """Its database, as this version's migrations make it."""
        pool = await db.open_pool(lambda: self.settings.dsn)
        try:
            async with pool.acquire() as connection:
                await db.migrate(connection, self.service.rooms)
        except BaseException:
            pool.terminate()
            raise
        return pool

    async def _guard(self, loop: Loop) -> None:
        try:
            await loop.run()
        except Exception as error:  # a loop that ends ends the service, with the reason
            self.failure = self.failure or error
            if not isinstance(error, FatalError):
                log.exception("%s failed", type(loop).__name__)
            self.app.exit()

    def _listen(self) -> None:
        chosen = self.settings.http_port
        url = self.server.listen(self.settings.http_host, self.service.port if chosen is None else chosen)
        if self.settings.ready_file is not None:
            self.settings.ready_file.write_text(f"{url}\n", encoding="utf-8")
        log.info("%s starts, and listens on %s", self.service.name, url)

    async def stop(self) -> None:
        """Let every loop finish the batch it is at, then close."""
        self.stopping.set()
        for loop in self.health.loops:
            loop.stop()
        if self.tasks:
            _, late = await asyncio.wait(self.tasks, timeout=STOP_SECONDS_MAX)
            for task in late:
                task.cancel()
            if late:
                log.warning("%d loops were cut off; what they had in hand is done again", len(late))
                await asyncio.wait(late, timeout=CUT_OFF_SECONDS_MAX)
        await self.server.close()
        await self.ends.close()
        if self.echo is not None:
            await self.echo.close()
        if self.health.pool is not None:
            try:
                await asyncio.wait_for(self.health.pool.close(), CUT_OFF_SECONDS_MAX)
            except Exception:  # noqa: BLE001 - a database that is away cannot be taken leave of
                self.health.pool.terminate()


def _unnoticed(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong where nobody looks, without what it says: that may quote data."""
    log.error("something failed unnoticed: %s", context["message"], exc_info=context.get("exception"))


def _sentence(error: BaseException) -> str:
    """What is known to be a sentence of ours, or to name nothing but tables; what else is said may quote data."""
    if isinstance(error, asyncpg.ClientConfigurationError):
        return (
            "WIJKZORG_DATABASE_DSN is not the address of a database. Nothing was changed. It should look like "
            "postgresql://user@host:5432/database, with %-codes for what is special in a password."
        )
    if isinstance(error, FatalError | db.MigrationError):
        return str(error)
    if isinstance(error, asyncpg.SyntaxOrAccessError):
        return f"a statement does not fit its database ({error.args[0]}). Nothing was changed. Install the version that does."
    return f"of a fault of this version ({type(error).__name__}). Nothing was changed. Report the lines above this one."
