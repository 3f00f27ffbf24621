"""Which errors of the database mean that the same work may succeed later; and migrations while others are at work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from shared import db
from tests.harness import eventually
from tests.proxy import Proxy

HELD_BACK = 40_000
"""So many rows are more than all buffers on the way hold."""
Work = Callable[[asyncpg.Pool], Awaitable[object]]


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[db.Pool]:
    own = await db.open_pool(dsn)
    yield own
    own.terminate()


async def failed(work: Awaitable[object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what the test asks
        await work
    return caught.value


async def end_by_the_server(pool: db.Pool, connection: db.Connection) -> None:
    await pool.fetchval("select pg_terminate_backend($1)", connection.get_server_pid())


async def too_few_arguments(pool: db.Pool) -> None:
    await pool.fetchval("select $1::int")


async def two_at_once(pool: db.Pool) -> None:
    async with pool.acquire() as connection:
        slow = asyncio.create_task(connection.fetchval("select pg_sleep(60)"))
        await asyncio.sleep(0)
        try:
            await connection.fetchval("select 1")
        finally:
            slow.cancel()
            await asyncio.wait([slow])


async def a_transaction_used_up(pool: db.Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await transaction.commit()
        await transaction.commit()


@pytest.mark.parametrize("wrong", [too_few_arguments, two_at_once, a_transaction_used_up])
async def test_a_wrong_call_is_our_fault_and_never_waited_for(pool: db.Pool, wrong: Work) -> None:
    error = await failed(wrong(pool))
    assert isinstance(error, asyncpg.InterfaceError)
    assert (db.is_waitable(error), db.is_fault_of_ours(error)) == (False, True)


async def test_a_value_that_no_column_takes_is_neither(pool: db.Pool) -> None:
    error = await failed(pool.fetchval("select $1::int", "one"))
    assert isinstance(error, asyncpg.DataError)
    assert (db.is_waitable(error), db.is_fault_of_ours(error)) == (False, False)


async def ended_while_lent(pool: db.Pool) -> None:
    async with pool.acquire() as connection:
        await end_by_the_server(pool, connection)
        await connection.fetchval("select 1")


async def ended_and_noticed_while_lent(pool: db.Pool) -> None:
    async with pool.acquire() as connection:
        await end_by_the_server(pool, connection)
        await eventually(lambda: _is_gone(connection), "the end to be noticed")
        await connection.fetchval("select 1")


async def ended_in_a_transaction(pool: db.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await end_by_the_server(pool, connection)
        await connection.fetchval("select 1")


async def ended_before_the_commit(pool: db.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await end_by_the_server(pool, connection)
        await eventually(lambda: _is_gone(connection), "the end to be noticed")


async def a_closed_pool(pool: db.Pool) -> None:
    await pool.close()
    await pool.fetchval("select 1")


async def a_pool_that_is_closing(pool: db.Pool) -> None:
    async with pool.acquire():
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0)
        try:
            await pool.fetchval("select 1")
        finally:
            closing.cancel()
            await asyncio.wait([closing])


async def _is_gone(connection: db.Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


@pytest.mark.parametrize(
    "away",
    [
        ended_while_lent,
        ended_and_noticed_while_lent,
        ended_in_a_transaction,
        ended_before_the_commit,
        a_closed_pool,
        a_pool_that_is_closing,
    ],
)
async def test_a_connection_that_ended_is_waited_for(pool: db.Pool, away: Work) -> None:
    error = await failed(away(pool))
    assert (db.is_waitable(error), db.is_fault_of_ours(error)) == (True, False)


async def test_a_connection_of_no_pool_that_the_server_ended_is_waited_for(pool: db.Pool, dsn: str) -> None:
    connection = await db.connect(dsn)
    await end_by_the_server(pool, connection)
    await eventually(lambda: _is_gone(connection), "the end to be noticed")
    assert db.is_waitable(await failed(connection.fetchval("select 1")))


@asynccontextmanager
async def pool_through_a_way(dsn: str) -> AsyncIterator[tuple[db.Pool, Proxy]]:
    where = urlsplit(dsn)
    async with Proxy(f"{where.hostname}:{where.port}") as way:
        user = where.netloc.rpartition("@")[0]
        pool = await db.open_pool(urlunsplit(where._replace(netloc=f"{user}@{way.address}")))
        yield pool, way
        pool.terminate()


async def test_a_copy_into_a_session_that_has_ended_unnoticed_is_waited_for(dsn: str) -> None:
    async with pool_through_a_way(dsn) as (pool, way):
        way.keeps_ends = True

        async def has_ended() -> bool:
            return way.ended > 0

        async def copied() -> None:
            async with pool.acquire() as connection, connection.transaction():
                await connection.copy_records_to_table("position", records=[("t", 0, 0)])
                await end_by_the_server(pool, connection)
                await eventually(has_ended, "the session to end")
                await connection.copy_records_to_table("position", records=[("t", 1, 0)])

        error = await failed(copied())
    assert "another operation is in progress" in str(error), "it is another fault that is tried here"
    assert (db.is_waitable(error), db.is_fault_of_ours(error)) == (True, False)


async def test_a_copy_that_nobody_takes_ends_with_its_connection(dsn: str) -> None:
    rows = [("t" * 500, number, 0) for number in range(HELD_BACK)]
    taken: list[str] = []

    def told() -> Iterator[tuple[str, int, int]]:
        for row in rows:
            taken.append(row[0])
            yield row

    async with pool_through_a_way(dsn) as (pool, way):

        async def copied() -> None:
            async with pool.acquire() as connection, connection.transaction():
                await connection.copy_records_to_table("position", records=[("t", 0, 0)])
                way.freeze()
                await connection.copy_records_to_table("position", records=told())

        async def is_held_back() -> bool:
            before, seen[0] = seen[0], len(taken)
            return 0 < before == len(taken)

        seen = [0]
        copying = asyncio.create_task(failed(copied()))
        await eventually(is_held_back, "the copy to be held back")
        assert len(taken) < HELD_BACK, "all of it was taken"
        await way.cut()
        way.thaw()
        error = await copying
    assert db.is_waitable(error)


async def test_a_connection_that_is_let_go_of_leaves_no_complaint_behind(dsn: str) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    connection, told = await db.connect(dsn), asyncio.Event()
    connection.add_termination_listener(lambda _: told.set())
    connection.terminate()
    await asyncio.wait_for(told.wait(), 10)
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_statement_that_a_migration_overtook_is_waited_for_and_then_works(pool: db.Pool) -> None:
    async with pool.acquire() as old, pool.acquire() as new:
        await old.fetch("select * from position")
        await new.execute("alter table position add column seen_by text")
        transaction = old.transaction()
        await transaction.start()
        error = await failed(old.fetch("select * from position"))
        await transaction.rollback()
        assert isinstance(error, asyncpg.InvalidCachedStatementError)
        assert (db.is_waitable(error), db.is_fault_of_ours(error)) == (True, False)
        async with old.transaction():
            assert await old.fetch("select * from position") == []


async def test_a_migration_lets_others_through_while_a_long_query_holds_its_table(
    pool: db.Pool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "0001_more.sql").write_text("alter table position add column seen_by text")

    async def was_put_off() -> bool:
        return "a migration waits for another process" in caplog.text

    async with pool.acquire() as old, pool.acquire() as new, pool.acquire() as another:
        async with old.transaction():
            await old.fetch("select * from position")
            migrating = asyncio.create_task(db.migrate(new, [("more", tmp_path)]))
            await eventually(was_put_off, "the migration to let go")
            assert await another.fetch("select * from position") == []
            assert not migrating.done()
        assert await migrating == ["more/0001_more.sql"]
        assert await new.fetchval("show lock_timeout") == "0"
        assert await db.migrate(another, [("more", tmp_path)]) == []
