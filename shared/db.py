"""PostgreSQL: pools, migrations, and which errors mean that waiting helps."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from typing import Any, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from shared.refused import Fout, RefusedError

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool
Done = TypeVar("Done")

Address: TypeAlias = str | Callable[[], str]
"""A database as a PostgreSQL URL; or who knows it, asked at every connection, for its password may change."""

POOL_CONNECTIONS_MAX = 8
CONNECT_TIMEOUT_SECONDS = 5.0
COMMAND_TIMEOUT_SECONDS = 120.0
BACKOFF_SECONDS_MAX = 2.0
"""How long at most anything waits before it asks again of a Kafka or a database that is away."""
SETTINGS: dict[str, Any] = {"timeout": CONNECT_TIMEOUT_SECONDS, "command_timeout": COMMAND_TIMEOUT_SECONDS}
MIGRATION_LOCK = 0x77696A6B
MIGRATION_LOCK_SECONDS_MAX = 2
"""How long a migration waits for a table that is in use: meanwhile everyone else waits behind it."""
MIGRATION_SECONDS_MAX = 3600.0
log = logging.getLogger("wijkzorg.db")

WAITABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,  # a session ended by the server just as something was asked in it
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    # What a person has to mend, and may while the service waits: a role, its password or rights, a database.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    # A newer version of the service has added a column: the next time the statement is prepared anew.
    asyncpg.InvalidCachedStatementError,
)
_CLOSED = re.compile(r"(connection|pool) is clos(ed|ing)|connection has been released back to the pool")
"""What asyncpg says of a connection or pool that ended. A pool takes back what the server ended while it was lent."""
SESSION = {
    "timezone": "UTC",
    "application_name": "wijkzorg",
    # A process that was frozen, or whose machine is gone, must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "60s",
    "idle_session_timeout": "0",
    "jit": "off",  # a recursive query is estimated so dear that compiling it would take longer than running it
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""What every session of a service asks of the database."""


class MigrationError(Exception):
    """The database's schema is not what this version's migrations made."""


def is_waitable(error: BaseException | None) -> bool:
    """Whether the database is away, full, busy or refuses us: the same work may succeed later.

    What asyncpg says of a transaction or a connection that is given back after such an error is that error still.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return bool(_CLOSED.search(str(error))) or is_waitable(error.__context__)
    return isinstance(error, WAITABLE)


def is_fault_of_ours(error: BaseException) -> bool:
    """Whether a statement or a call is wrong: that is this version's, never a record's."""
    return isinstance(error, asyncpg.SyntaxOrAccessError | asyncpg.InterfaceError) and not is_waitable(error)


@contextmanager
def refusing(fouten: Mapping[str, Fout]) -> Iterator[None]:
    """Say as a RefusedError what a constraint of the database refuses; `fouten` by the constraint's name."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        fout = fouten.get(getattr(error, "constraint_name", None) or "")
        if fout is None:
            raise
        raise RefusedError([fout]) from None


async def connect(address: Address, **session: str) -> asyncpg.Connection:
    """One connection outside any pool, in UTC; `session` changes what it asks of the database.

    Raises asyncpg.ClientConfigurationError where the address is none.
    """
    return await _connect(address, **SETTINGS, server_settings=SESSION | session)


async def open_pool(address: Address) -> Pool:
    """A pool of connections, in UTC. Raises asyncpg.ClientConfigurationError where the address is none."""

    async def connect_anew(*_: Any, **settings: Any) -> asyncpg.Connection:
        return await _connect(address, **settings)

    return await asyncpg.create_pool(
        connect=connect_anew, min_size=1, max_size=POOL_CONNECTIONS_MAX, **SETTINGS, server_settings=SESSION
    )


async def _connect(address: Address, **settings: Any) -> asyncpg.Connection:
    try:
        dsn = address if isinstance(address, str) else address()
        connection: asyncpg.Connection = await asyncpg.connect(dsn, **settings)
    except ValueError as error:  # asyncpg says so of an address that is none, in more than one class
        raise asyncpg.ClientConfigurationError(str(error)) from None

    # A connection that is terminated lets its protocol go before it tells anybody.
    protocol: Any = connection._protocol  # type: ignore[attr-defined]  # noqa: SLF001 - pinned, and tested

    def resume(_: object) -> None:
        protocol.resume_writing()

    # Else a COPY that is held back, because its bytes are not taken, waits for ever once the connection has ended.
    connection.add_termination_listener(resume)
    return connection


async def meanwhile(asked: Coroutine[Any, Any, object], work: Callable[[], Done]) -> Done:
    """Do some work of this process while the database does what it is asked; what the work came to, once both are done."""
    asking = asyncio.create_task(asked)
    await asyncio.sleep(0)  # its statement goes out
    try:
        return work()
    finally:
        await asking


async def migrate(connection: Connection, rooms: Sequence[tuple[str, Traversable]]) -> list[str]:
    """Apply what is missing of the migrations in `rooms` (name, folder of NNNN_*.sql), in order; return it.

    One transaction a file; several processes may do this at once, and others may be using the database: a table that
    one of them holds long is left to it, and asked for again. Raises MigrationError where a file that was applied has
    changed since.
    """
    done: list[str] = []
    delay_seconds = 0.2
    await connection.execute("select set_config('lock_timeout', $1, false)", f"{MIGRATION_LOCK_SECONDS_MAX}s")
    while True:
        try:
            await connection.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
            try:
                await _migrate(connection, rooms, done)
            finally:
                await connection.execute("select pg_advisory_unlock($1)", MIGRATION_LOCK)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            log.warning(
                "a migration waits for another process (%s); trying again in %.1f s", error, delay_seconds
            )
            await asyncio.sleep(delay_seconds)
            delay_seconds = min(delay_seconds * 2, BACKOFF_SECONDS_MAX)
        else:
            await connection.execute("reset lock_timeout")
            return done


async def applied(connection: Connection) -> dict[str, str]:
    """Which migrations were applied to a database, and the sha256 of each."""
    rows = await connection.fetch("select name, sha256 from schema_migration")
    return {row["name"]: row["sha256"] for row in rows}


async def _migrate(connection: Connection, rooms: Sequence[tuple[str, Traversable]], done: list[str]) -> None:
    await connection.execute(
        "create table if not exists schema_migration (name text primary key, sha256 text not null,"
        " applied_at timestamptz not null default now())"
    )
    known = await applied(connection)
    for name, sql in ((n, s) for room, folder in rooms for n, s in _files(room, folder)):
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if name in known:
            if known[name] != digest:
                raise MigrationError(
                    f"Migration {name} was changed after it had been applied to this database. "
                    "Nothing was altered. Restore the file, and put the change in a new migration."
                )
            continue
        async with connection.transaction():
            await connection.execute(sql, timeout=MIGRATION_SECONDS_MAX)
            await connection.execute("insert into schema_migration values ($1, $2)", name, digest)
        done.append(name)


def _files(room: str, folder: Traversable) -> list[tuple[str, str]]:
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(f"{room}/{f.name}", f.read_text(encoding="utf-8")) for f in files]


async def sleep_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
