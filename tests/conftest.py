"""Real Kafka and PostgreSQL for every test that asks: one of each a run, cloned databases and own topics a test."""

import itertools
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest

from local import Backends, LocalError, lease
from shared import db
from tests.harness import Databases, Wijkzorg

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
_numbers = itertools.count(1)
_templates: dict[str, str] = {}


def of_environment() -> Backends | None:
    """The Kafka and PostgreSQL that the environment names, if it names both."""
    kafka, postgres = os.environ.get("KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("WIJKZORG_POSTGRES_DSN")
    return Backends(kafka, postgres) if kafka and postgres else None


def pytest_configure(config: pytest.Config) -> None:
    """Before any worker starts, which inherits the environment: containers, where they are asked for."""
    asked = os.environ.get("TEST_BACKEND") or "embedded"
    if asked not in ("embedded", "containers"):
        raise pytest.UsageError(
            f"TEST_BACKEND is {asked!r}. No test was run. Make it embedded or containers."
        )
    if asked == "embedded" or of_environment() or config.option.collectonly:
        return
    from tests import containers  # noqa: PLC0415 - only where they are asked for is there a Docker engine

    with ExitStack() as stack:
        try:
            own = stack.enter_context(containers.backends())
        except LocalError as error:
            raise pytest.UsageError(str(error)) from None
        os.environ["KAFKA_BOOTSTRAP_SERVERS"] = own.kafka_bootstrap_servers
        os.environ["WIJKZORG_POSTGRES_DSN"] = own.postgres_dsn
        config.add_cleanup(stack.pop_all().close)


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    """Kafka and PostgreSQL: those of the environment, else embedded ones that all workers of this run share."""
    if own := of_environment():
        yield own
        return
    base = tmp_path_factory.getbasetemp()
    with lease(
        (base if WORKER == "alone" else base.parent) / "backends", durable=False, start_timeout_seconds=120
    ) as own:
        yield own


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Who started the tests in the background had Ctrl-C ignored, and every process started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes is for the machine to say, not a fault of what is tried.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")
SLOW_FIRST = ("e2e", "component", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, so that at the end no worker is alone with one of them."""

    def place(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return SLOW_FIRST.index(folder) if folder in SLOW_FIRST else len(SLOW_FIRST)

    items.sort(key=place)


def database_dsn(dsn: str, name: str) -> str:
    """The DSN of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def template_of(backends: Backends, service: str) -> str:
    """The name of a migrated database of a service, to be cloned: made once a worker."""
    if service not in _templates:
        name = f"{service}_template_{WORKER}"
        admin = await asyncpg.connect(backends.postgres_dsn)
        try:
            await admin.execute(f"drop database if exists {name}")
            await admin.execute(f"create database {name}")
        finally:
            await admin.close()
        connection = await asyncpg.connect(database_dsn(backends.postgres_dsn, name))
        try:
            rooms = [
                ("messaging", files("shared.messaging") / "migrations"),
                (service, files(f"services.{service}") / "migrations"),
            ]
            await db.migrate(connection, rooms)
        finally:
            await connection.close()
        _templates[service] = name
    return _templates[service]


@pytest.fixture
async def dsn(backends: Backends) -> AsyncIterator[str]:
    """The DSN of a database of billing that is this test's own."""
    async with own_database(backends, "billing") as own:
        yield own


@asynccontextmanager
async def own_database(backends: Backends, service: str) -> AsyncIterator[str]:
    """A new, empty, migrated database of a service; its DSN."""
    template = await template_of(backends, service)
    name = f"{service}_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(backends.postgres_dsn)
    try:
        # Copying files takes half of what copying through the log takes, where nothing is flushed to a disk.
        await admin.execute(f"create database {name} template {template} strategy file_copy")
        yield database_dsn(backends.postgres_dsn, name)
        await admin.execute(f"drop database if exists {name} with (force)")
    finally:
        await admin.close()


@asynccontextmanager
async def own_databases(backends: Backends, **made: str) -> AsyncIterator[Databases]:
    """From the name of a service to the DSN of a database of its own, made when first asked for."""
    async with AsyncExitStack() as stack:

        async def of(service: str) -> str:
            if service not in made:
                made[service] = await stack.enter_async_context(own_database(backends, service))
            return made[service]

        yield of


@pytest.fixture
async def wijkzorg(backends: Backends, dsn: str) -> AsyncIterator[Wijkzorg]:
    """Topics and databases of this test's own, and services to be started on them; `dsn` is billing's."""
    async with own_databases(backends, billing=dsn) as databases, own_wijkzorg(backends, databases) as own:
        yield own


@asynccontextmanager
async def own_wijkzorg(backends: Backends, databases: Databases) -> AsyncIterator[Wijkzorg]:
    """Topics under a new prefix, on these databases."""
    async with Wijkzorg(backends.kafka_bootstrap_servers, databases, f"t{secrets.token_hex(4)}") as own:
        await own.database("billing")
        yield own
