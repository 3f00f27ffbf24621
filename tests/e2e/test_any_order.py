"""Services started before what they need is there, or with a wrong password: they wait, say why, and go on by themselves."""

import json
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from shared.settings import with_password
from tests.e2e import samples
from tests.harness import Copy, Wijkzorg, eventually
from tests.proxy import Proxy

pytestmark = pytest.mark.city

STOP_SECONDS_MAX = 10.0


def said(copy: Copy) -> list[str]:
    """What the lines of its log say; every line is a JSON object."""
    return [json.loads(line)["event"] for line in copy.log.read_text().splitlines()]


def waits_saying(copy: Copy, *words: str) -> Callable[[], Awaitable[bool]]:
    """Whether it lives, is not ready, and has said in one line of its log and in its answer what it waits for."""

    async def so() -> bool:
        live, ready = await copy.get("/livez"), await copy.get("/readyz")
        assert live.status_code == 200, live.text
        return ready.status_code == 503 and any(
            all(word in line for word in (" waits: ", "Nothing is lost", *words)) for line in said(copy)
        )

    return so


@pytest.fixture
async def admin(wijkzorg: Wijkzorg) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urlunsplit(urlsplit(wijkzorg.dsn)._replace(path="/postgres")))
    yield connection
    await connection.close()


@asynccontextmanager
async def new_role(admin: asyncpg.Connection, wijkzorg: Wijkzorg) -> AsyncIterator[tuple[str, str]]:
    """The name of a role and of its database, which are not there yet; and the DSN without a password."""
    name = f"later_{secrets.token_hex(4)}"
    parts = urlsplit(wijkzorg.dsn)
    try:
        yield (
            name,
            urlunsplit(parts._replace(netloc=f"{name}@{parts.hostname}:{parts.port}", path=f"/{name}")),
        )
    finally:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.execute(f"drop role if exists {name}")


async def test_a_role_a_database_and_a_password_may_come_later(
    wijkzorg: Wijkzorg, admin: asyncpg.Connection, tmp_path: Path
) -> None:
    """First there is no role, then its password is another, then there is no database, and then all is right."""
    secret = tmp_path / "wijkzorg_database_password"
    secret.write_text("old\n")
    await wijkzorg.register(samples.AGB)
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    async with new_role(admin, wijkzorg) as (name, dsn):
        billing = await wijkzorg.billing(
            ready=False, WIJKZORG_DATABASE_DSN=dsn, WIJKZORG_SECRETS_DIR=str(tmp_path)
        )
        refused = "refuses the user or the password", "WIJKZORG_DATABASE_DSN"
        await eventually(waits_saying(billing, *refused), "it to say that it is refused")
        assert "weigert de gebruiker of het wachtwoord" in (await billing.get("/readyz")).json()["detail"]
        await admin.execute(f"create role {name} login password 'new'")
        secret.write_text("new\n")
        await eventually(waits_saying(billing, "does not exist"), "it to say that there is no database")
        await admin.execute(f"create database {name} owner {name}")
        await eventually(billing.is_ready, "it to be ready")
        wijkzorg.dsns["billing"] = with_password(dsn, "new")
        await wijkzorg.handled()
        assert len(await wijkzorg.verdicts(samples.AGB)) == len(samples.declaration())
        await password_changes_while_it_runs(wijkzorg, admin, name, secret)
        billing.signal(signal.SIGTERM)
        assert await billing.ended(STOP_SECONDS_MAX) == 0
    assert said(billing)[0].startswith("billing starts, and listens on http://")
    assert any(line.startswith("billing is ready: ") for line in said(billing))
    assert said(billing)[-1] == "billing has stopped, as it was told to"


async def password_changes_while_it_runs(
    wijkzorg: Wijkzorg, admin: asyncpg.Connection, name: str, secret: Path
) -> None:
    """As after a restore: the sessions are gone, and the password is another; then its file is mended."""
    billing = wijkzorg.running[0]
    await admin.execute(f"alter role {name} password 'newest'")
    await admin.fetch("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", name)
    await eventually(waits_saying(billing, "relay waits", "refuses the user"), "it to be refused anew")
    await wijkzorg.publish(samples.facts(huishoudens=2))
    secret.write_text("newest\n")
    await eventually(billing.is_ready, "it to be ready again")
    wijkzorg.dsns["billing"] = with_password(wijkzorg.dsns["billing"], "newest")
    await wijkzorg.handled()


async def test_a_database_that_takes_no_changes_is_waited_for(
    wijkzorg: Wijkzorg, admin: asyncpg.Connection
) -> None:
    """As after a failover, or where someone keeps a disk from running full."""
    name = urlsplit(wijkzorg.dsn).path[1:]
    billing = await wijkzorg.billing()
    await wijkzorg.register(samples.AGB)

    async def read_only(value: str) -> None:
        await admin.execute(f"alter database {name} set default_transaction_read_only = {value}")
        await admin.fetch("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)

    await read_only("on")
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])

    async def says_so() -> bool:
        return any("takes no changes now" in line for line in said(billing))

    await eventually(says_so, "it to say that it cannot write")
    assert (await billing.get("/livez")).status_code == 200
    await read_only("off")
    await wijkzorg.handled()
    assert await wijkzorg.fetch("select from dead_letter") == []


@pytest.mark.parametrize("first", ["kafka", "postgresql"])
async def test_kafka_and_postgresql_may_come_after_the_services(wijkzorg: Wijkzorg, first: str) -> None:
    parts = urlsplit(wijkzorg.dsn)
    await wijkzorg.register(samples.AGB)
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(Proxy(f"{parts.hostname}:{parts.port}"))
        kafka = await stack.enter_async_context(Proxy(wijkzorg.kafka, kafka=True))
        await postgres.cut()
        await kafka.cut()
        copies = []
        for service in ("intake", "indicatie", "billing", "reporting"):
            own = urlsplit(await wijkzorg.database(service))
            where = f"{own.username}:{own.password}@{postgres.address}"
            copies.append(
                await wijkzorg.start(
                    service,
                    ready=False,
                    WIJKZORG_DATABASE_DSN=urlunsplit(own._replace(netloc=where)),
                    KAFKA_BOOTSTRAP_SERVERS=kafka.address,
                )
            )
        for copy in copies:
            await eventually(waits_saying(copy, "PostgreSQL does not answer"), "it to wait")
        for proxy in (kafka, postgres) if first == "kafka" else (postgres, kafka):
            await proxy.mend()
        for copy in copies:
            await eventually(copy.is_ready, f"{copy.service} to be ready")
        await wijkzorg.handled()
        assert await wijkzorg.ledger()
