"""Billing's database restored from an older dump, between two runs and under its feet."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.e2e import crowd
from tests.harness import Wijkzorg
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

EVENTS = random_events(seed=13, clients=25, months=12)
HALF = len(EVENTS) // 2
REAL_CLOCK: dict[str, Any] = {"WIJKZORG_CLOCK": None}
"""What is decided anew after a restore must have a later versie than what was told before it: its moment."""


class Backup:
    """A copy of billing's database at one moment, and the way back to it."""

    def __init__(self, admin: asyncpg.Connection, name: str) -> None:
        self._admin, self._name, self._backup = admin, name, f"{name}_backup"

    async def take(self) -> None:
        """Copy the database; whoever uses it is sent away for as long as that takes."""
        await self._admin.execute(f"alter database {self._name} allow_connections false")
        await self._admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", self._name
        )
        await self._admin.execute(f"create database {self._backup} template {self._name}")
        await self._admin.execute(f"alter database {self._name} allow_connections true")

    async def restore(self) -> None:
        """Put the copy in the place of the database, whoever uses it."""
        await self._admin.execute(f"alter database {self._name} allow_connections false")
        await self._admin.execute(f"drop database {self._name} with (force)")
        await self._admin.execute(f"create database {self._name} template {self._backup}")

    async def drop(self) -> None:
        """Throw the copy away."""
        await self._admin.execute(f"drop database if exists {self._backup}")


@asynccontextmanager
async def backup_of(wijkzorg: Wijkzorg) -> AsyncIterator[Backup]:
    """The backup of this test's database."""
    parts = urlsplit(wijkzorg.dsn)
    admin = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    backup = Backup(admin, parts.path[1:])
    try:
        yield backup
    finally:
        await backup.drop()
        await admin.close()


async def test_billing_restored_from_an_older_backup_catches_up(wijkzorg: Wijkzorg) -> None:
    messages = crowd.messages(wijkzorg, EVENTS)
    wijkzorg.clock = datetime.now(UTC).isoformat()
    await wijkzorg.register(*AANBIEDERS)
    billing = await wijkzorg.billing(**REAL_CLOCK)
    await wijkzorg.send(messages[:HALF])
    await wijkzorg.handled()
    async with backup_of(wijkzorg) as backup:
        await backup.take()
        await wijkzorg.send(messages[HALF:])
        await crowd.require_all_right(wijkzorg, EVENTS)
        await backup.restore()
        await crowd.require_all_right(wijkzorg, EVENTS, restored=True)
        billing.signal(signal.SIGTERM)
        assert await billing.ended() == 0
        await backup.restore()
        await wijkzorg.billing(**REAL_CLOCK)
        await crowd.require_all_right(wijkzorg, EVENTS, restored=True)
