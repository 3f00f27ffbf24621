"""A database and a role for each service, made once, and shadows beside them: the only SQL of the command.

PostgreSQL's own format() quotes the names, which cannot be parameters.
"""

import asyncio
import hmac
import os
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import pbkdf2_hmac, sha256
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import asyncpg

from shared import db
from shared.settings import with_password
from wijkzorg.common import CommandError

CONNECT_TIMEOUT_SECONDS = 10
CUT_OFF_SECONDS, CUT_OFF_SECONDS_MAX = 0.1, 10.0
SWAP_SECONDS_MAX = 30
"""For so long at most PostgreSQL lets nobody in, also where the command is frozen meanwhile."""
REPLAY_LOCK = 0x72706C79
SCRAM_ITERATIONS, SALT_BYTES = 4096, 16
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)


async def prepare(admin_dsn: str, environment: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Have a role with its password and a database for each service of this environment (the prefix of its topics).

    Their DSNs, by service. Again changes nothing but the passwords.
    """
    async with _administering(admin_dsn, "The databases of the services cannot be made") as connection:
        return {
            service: await _prepare(connection, admin_dsn, name_of(environment, service), password)
            for service, password in passwords.items()
        }


@asynccontextmanager
async def _administering(admin_dsn: str, what_not: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may make roles and databases; where it may not, CommandError says `what_not`."""
    try:
        connection = await asyncpg.connect(admin_dsn, timeout=CONNECT_TIMEOUT_SECONDS)
    except FAILURES as error:
        raise CommandError(
            f"PostgreSQL refuses the address it was given ({str(error) or type(error).__name__}). Nothing was started. "
            "Check WIJKZORG_POSTGRES_DSN: host, port, user, password and database."
        ) from None
    try:
        yield connection
    except asyncpg.PostgresError as error:
        raise CommandError(
            f"{what_not} ({error}). Nothing was started. "
            "Let WIJKZORG_POSTGRES_DSN name a user that may create roles and databases."
        ) from None
    finally:
        await connection.close()


def name_of(environment: str, service: str) -> str:
    """What the role and the database of a service are called."""
    return f"{environment}_{service}"


async def _prepare(connection: asyncpg.Connection, admin_dsn: str, name: str, password: str) -> str:
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", name):
        await _execute(connection, "create role %I login", name)
    await _execute(connection, "alter role %I password %L", name, verifier(password))
    if not await connection.fetchval("select pg_has_role($1, 'SET')", name):
        await _execute(connection, "grant %I to current_user with inherit true, set true", name)
    if not await connection.fetchval("select exists (select from pg_database where datname = $1)", name):
        await _execute(connection, "create database %I owner %I", name, name)
    await _execute(connection, "revoke connect on database %I from public", name)
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    return with_password(urlunsplit(parts._replace(netloc=f"{name}@{host}", path=f"/{name}")), password)


async def owner_of(admin_dsn: str, name: str) -> str | None:
    """The role that owns a database; None where there is no such database."""
    async with _administering(admin_dsn, "What databases there are cannot be seen") as connection:
        found: str | None = await connection.fetchval(
            "select pg_get_userbyid(datdba) from pg_database where datname = $1", name
        )
        return found


def dsn_as(admin_dsn: str, name: str, role: str, **session: str) -> str:
    """The DSN of a database, used as this role by whoever may take it on; `session` is asked of PostgreSQL besides."""
    parts = urlsplit(admin_dsn)
    query = "&".join(filter(None, (parts.query, urlencode({"role": role, **session}))))
    return urlunsplit(parts._replace(path=f"/{name}", query=query))


async def make_shadow(admin_dsn: str, name: str, owner: str) -> None:
    """Make an empty database for this role alone."""
    async with _administering(admin_dsn, "No database can be made for the shadow") as connection:
        await _execute(connection, "create database %I owner %I", name, owner)
        await _execute(connection, "revoke connect on database %I from public", name)


async def drop(admin_dsn: str, names: Iterable[str]) -> None:
    """Drop these databases where they are there, whoever uses them."""
    async with _administering(admin_dsn, "What was asked cannot be dropped") as connection:
        for name in names:
            await _execute(connection, "drop database if exists %I with (force)", name)


@asynccontextmanager
async def alone(dsn: str, service: str) -> AsyncIterator[None]:
    """Be the only one who replays the service with this database. Raises CommandError where somebody else does."""
    connection = await db.connect(dsn)
    try:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", REPLAY_LOCK):
            raise CommandError(
                f"Another replay of {service} is going on. Nothing was done. Wait until it is over, or end it."
            )
        yield
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_SECONDS)


async def swap(admin_dsn: str, live: str, shadow: str, before: str, holding: db.Connection) -> None:
    """Have the shadow take the name of the live database, which is called `before` from then on: both, or neither.

    `holding` is a session in the live database, whose locks keep the others from writing. Those are cut off, and who
    comes back waits until it is over, and finds the other; then this one is closed. So nothing is written in between.
    """
    what_not = "The databases cannot be swapped"
    async with (
        _administering(admin_dsn, what_not) as one,
        _administering(admin_dsn, what_not) as other,
        one.transaction(),
    ):
        await one.execute("select set_config('transaction_timeout', $1, true)", f"{SWAP_SECONDS_MAX}s")
        renaming = asyncio.create_task(_execute(one, "alter database %I rename to %I", live, before))
        try:
            await _cut_off(other, [live, shadow], holding, one, renaming)
            await holding.execute("select 1")  # were it gone, its locks were not held until here
            await holding.close(timeout=CONNECT_TIMEOUT_SECONDS)
            await renaming
        finally:
            renaming.cancel()
            await asyncio.gather(renaming, return_exceptions=True)
        await _execute(one, "alter database %I rename to %I", shadow, live)


async def _cut_off(
    connection: asyncpg.Connection,
    names: Sequence[str],
    holding: db.Connection,
    one: asyncpg.Connection,
    renaming: asyncio.Task[None],
) -> None:
    """End all sessions in these databases but the one that holds, until none can come in any more, or it cannot be.

    PostgreSQL lets nobody in while `one` is renaming, and waits five seconds for all to have left.
    """
    async with asyncio.timeout(CUT_OFF_SECONDS_MAX):
        while not renaming.done():
            is_shut = await connection.fetchval(
                "select exists (select from pg_locks where pid = $1 and granted"
                " and classid = 'pg_database'::regclass and mode = 'AccessExclusiveLock')",
                one.get_server_pid(),
            )
            others = await connection.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1) and pid <> $2",
                names,
                holding.get_server_pid(),
            )
            if is_shut and not others:
                return
            await asyncio.sleep(CUT_OFF_SECONDS)


def verifier(password: str) -> str:
    """What PostgreSQL keeps instead of a password (SCRAM-SHA-256, RFC 5803), so that its log never has the password."""
    salt = secrets.token_bytes(SALT_BYTES)
    salted = pbkdf2_hmac("sha256", password.encode("ascii"), salt, SCRAM_ITERATIONS)
    stored = sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{salt64}${stored64}:{server64}"


async def _execute(connection: asyncpg.Connection, statement: str, *names: str) -> None:
    await connection.execute(
        await connection.fetchval("select format($1, variadic $2::text[])", statement, list(names))
    )


def make_password(file: Path, mode: int = 0o600) -> bool:
    """Put a random password in a file where there is none, in one move; whether that was done.

    Raises CommandError where the folder cannot be read or written.
    """
    try:
        if file.exists():
            return False
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.new")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(24), encoding="utf-8")
        draft.chmod(mode)
        draft.replace(file)
    except OSError as error:
        raise CommandError(
            f"{file} cannot be made ({error.strerror}). What was there is kept. "
            f"Put a password in it yourself, and let this user (number {os.geteuid()}) read that folder, or write in it."
        ) from None
    return True


def password_in(file: Path) -> str:
    """The password that a file holds. Raises CommandError where it holds none that can be read."""
    try:
        password = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{file} cannot be read ({getattr(error, 'strerror', 'not UTF-8')}). Nothing was done. "
            f"Let this user (number {os.geteuid()}) read it, and the folder it is in."
        ) from None
    if not (password.isascii() and password.isprintable() and password):
        raise CommandError(
            f"{file} holds no password, or one with other signs than those of ASCII. Nothing was done. "
            "Put one in it, or remove it and let one be made."
        )
    return password
