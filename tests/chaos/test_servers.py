"""What is done to a server is done to all of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from local import jars, wheels
from tests.chaos.servers import GONE, Servers

UNANSWERED_SECONDS = 1.0


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    """Neither of the two, until it is made."""
    wheels.require_all()
    tmp_path.chmod(0o711)
    own = Servers(tmp_path)
    try:
        yield own
    finally:
        await own.__aexit__()


async def test_a_frozen_postgresql_answers_nothing_on_an_open_connection_and_answers_once_it_is_awake(
    servers: Servers,
) -> None:
    await servers.make_postgres()
    connection = await asyncpg.connect(servers.dsn)
    await connection.execute("create table written (number int)")
    await servers.postgres.freeze()
    writing = asyncio.create_task(connection.execute("insert into written values (1)"))
    coming = asyncio.create_task(asyncpg.connect(servers.dsn))
    assert not (await asyncio.wait({writing, coming}, timeout=UNANSWERED_SECONDS))[0]
    servers.postgres.thaw()
    assert await writing == "INSERT 0 1"
    for one in (connection, await coming):
        assert await one.fetchval("select count(*) from written") == 1
        await one.close()


async def test_of_a_killed_postgresql_no_process_lives_and_a_query_that_was_begun_has_no_answer(
    servers: Servers,
) -> None:
    await servers.make_postgres()
    connection = await asyncpg.connect(servers.dsn)
    backend = await connection.fetchval("select pg_backend_pid()")
    asking = asyncio.create_task(connection.fetchval("select pg_sleep(60)"))
    await asyncio.sleep(0)
    killed = await servers.postgres.kill()
    assert backend in {one.pid for one in killed}
    assert len(killed) > 2
    assert not any(one.is_running() and one.status() not in GONE for one in killed)
    with pytest.raises(asyncpg.PostgresConnectionError):
        await asking
    assert connection.is_closed()
    await servers.postgres.start()
    again = await asyncpg.connect(servers.dsn)
    assert await again.fetchval("select 1") == 1
    await again.close()


async def test_a_frozen_kafka_answers_nothing_until_it_is_awake_and_a_killed_one_is_gone(
    servers: Servers,
) -> None:
    jars.obtain()
    await servers.make_kafka()
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka_address)
    await admin.start()
    try:
        await servers.kafka.freeze()
        asking = asyncio.create_task(admin.list_topics())
        assert not (await asyncio.wait({asking}, timeout=UNANSWERED_SECONDS))[0]
        servers.kafka.thaw()
        assert await asking == []
        killed = await servers.kafka.kill()
        assert not any(psutil.pid_exists(one.pid) for one in killed)
    finally:
        await admin.close()
