"""Real Kafka and PostgreSQL for every test that asks: one of each a run, a cloned database and own topics a test."""

import asyncio
import itertools
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from local import Backends, lease
from shared import db
from tests.harness import Wijkzorg

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
TEMPLATE = f"billing_template_{WORKER}"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    """Kafka and PostgreSQL: those of the environment, else embedded ones that all workers of this run share."""
    kafka, postgres = os.environ.get("KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("WIJKZORG_POSTGRES_DSN")
    if kafka and postgres:
        yield Backends(kafka, postgres)
        return
    base = tmp_path_factory.getbasetemp()
    with lease((base if WORKER == "alone" else base.parent) / "backends", durable=False) as own:
        yield own


def database_dsn(dsn: str, name: str) -> str:
    """The DSN of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def template(backends: Backends) -> str:
    """A migrated database of billing, to be cloned."""

    async def make() -> None:
        admin = await asyncpg.connect(backends.postgres_dsn)
        try:
            await admin.execute(f"drop database if exists {TEMPLATE}")
            await admin.execute(f"create database {TEMPLATE}")
        finally:
            await admin.close()
        connection = await asyncpg.connect(database_dsn(backends.postgres_dsn, TEMPLATE))
        try:
            rooms = [
                ("messaging", files("shared.messaging") / "migrations"),
                ("billing", files("services.billing") / "migrations"),
            ]
            await db.migrate(connection, rooms)
        finally:
            await connection.close()

    asyncio.run(make())
    return TEMPLATE


@pytest.fixture
async def dsn(backends: Backends, template: str) -> AsyncIterator[str]:
    """The DSN of a database of billing that is this test's own."""
    async with own_database(backends, template) as own:
        yield own


@asynccontextmanager
async def own_database(backends: Backends, template: str) -> AsyncIterator[str]:
    """A new database of billing; its DSN."""
    name = f"billing_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(backends.postgres_dsn)
    try:
        await admin.execute(f"create database {name} template {template}")
        yield database_dsn(backends.postgres_dsn, name)
        await admin.execute(f"drop database if exists {name} with (force)")
    finally:
        await admin.close()


@pytest.fixture
async def wijkzorg(backends: Backends, dsn: str) -> AsyncIterator[Wijkzorg]:
    """Topics and a database of this test's own, and billing to be started on them."""
    async with Wijkzorg(backends.kafka_bootstrap_servers, dsn, f"t{secrets.token_hex(4)}") as own:
        yield own
