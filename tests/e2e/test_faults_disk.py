"""The disk of PostgreSQL or Kafka is full: services say so and wait; with room again all is in the ledger, once."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from local import Backends
from shared.messaging.producer import Message
from tests.conftest import database_dsn, own_databases, own_wijkzorg
from tests.e2e import crowd
from tests.e2e.small_disk import kafka_on, postgresql_on, small_disk
from tests.harness import Copy, Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

EVENTS = random_events(seed=7, clients=40, months=18)
THIRD = len(EVENTS) // 3
SAID_MIN = 3
WAL_SEGMENTS = 20
pytestmark = pytest.mark.city


def waiting(copy: Copy) -> list[str]:
    """The sentences of its log that say what it waits for."""
    said = [json.loads(line)["event"] for line in copy.log.read_text().splitlines()]
    return [line for line in said if " waits: " in line]


def says_again(copy: Copy, *words: str) -> Callable[[], Awaitable[bool]]:
    """Whether it lives, and has said one of these a few times: a sentence that is repeated, and not too often."""

    async def so() -> bool:
        live = await copy.get("/livez")
        assert live.status_code == 200, live.text
        return sum(any(word in line for word in words) for line in waiting(copy)) >= SAID_MIN

    return so


async def begins(wijkzorg: Wijkzorg) -> tuple[Copy, list[Message]]:
    """Billing is at the first third of the events; what is to come."""
    messages = crowd.messages(wijkzorg, EVENTS)
    await wijkzorg.register(*AANBIEDERS)
    billing = await wijkzorg.billing(WIJKZORG_BATCH_RECORDS_MAX="50")
    await wijkzorg.send(messages[:THIRD])
    await eventually(lambda: wijkzorg.fetch("select from position where next > 0"), "work to begin")
    return billing, messages[THIRD:]


async def uses_up_its_log(dsn: str) -> None:
    """PostgreSQL uses its log until there is no room for more: then it ends all sessions, or itself."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        admin = await asyncpg.connect(dsn)
        for _ in range(WAL_SEGMENTS):
            await admin.execute("select pg_switch_wal(), txid_current()")


async def test_a_full_disk_of_postgresql_is_waited_for_and_nothing_is_lost(
    backends: Backends, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with postgresql_on(disk, tmp_path / "postgres.log") as (server, dsn):
            admin = await asyncpg.connect(dsn)
            await admin.execute("create database billing")
            await admin.close()
            async with own_wijkzorg(backends, lambda _: given(database_dsn(dsn, "billing"))) as wijkzorg:
                billing, rest = await begins(wijkzorg)
                disk.fill()
                await wijkzorg.send(rest)
                await eventually(says_again(billing, "disk of PostgreSQL is full"), "it to say so")
                assert 'wijkzorg_loop_waiting{loop="' in (await billing.get("/metrics")).text
                await uses_up_its_log(dsn)
                await eventually(
                    says_again(billing, "PostgreSQL does not answer", "PostgreSQL is starting"),
                    "it to say so",
                )
                disk.make_room()
                await crowd.require_all_right(wijkzorg, EVENTS)
                assert await wijkzorg.fetch("select from dead_letter where reason like '%Full%'") == []
            assert "PANIC:  could not write" in server.log.read_text()


async def test_a_full_disk_of_kafka_is_waited_for_and_nothing_is_lost(
    backends: Backends, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with (
            kafka_on(disk, tmp_path / "kafka.log") as (server, kafka),
            own_databases(backends) as databases,
            own_wijkzorg(Backends(kafka, backends.postgres_dsn), databases) as wijkzorg,
        ):
            billing, rest = await begins(wijkzorg)
            await wijkzorg.send(rest)
            disk.fill()
            await eventually(says_again(billing, "Kafka does not answer"), "it to say so", 120)
            disk.make_room()
            await eventually(billing.is_ready, "Kafka to be back", 120)
            await crowd.require_all_right(wijkzorg, EVENTS)
            assert server.starts > 1


async def given(dsn: str) -> str:
    """The only database there is."""
    return dsn
