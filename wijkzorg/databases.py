"""A database and a role for each service, made once: the only SQL of the command.

PostgreSQL's own format() quotes the names, which cannot be parameters.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from wijkzorg.common import CommandError

CONNECT_TIMEOUT_SECONDS = 10
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)


async def prepare(data_dir: Path, admin_dsn: str, environment: str, names: Iterable[str]) -> dict[str, str]:
    """Have a database for each service of this environment (the prefix of its topics); their DSNs."""
    try:
        connection = await asyncpg.connect(admin_dsn, timeout=CONNECT_TIMEOUT_SECONDS)
    except FAILURES as error:
        raise CommandError(
            f"PostgreSQL refuses the address it was given ({_what(error)}). Nothing was started. "
            "Check WIJKZORG_POSTGRES_DSN: host, port, user, password and database."
        ) from None
    try:
        return {name: await _prepare(connection, data_dir, admin_dsn, environment, name) for name in names}
    except asyncpg.PostgresError as error:
        raise CommandError(
            f"The databases of the services cannot be made ({error}). Nothing was started. "
            "Let WIJKZORG_POSTGRES_DSN name a user that may create roles and databases."
        ) from None
    finally:
        await connection.close()


def _what(error: BaseException) -> str:
    return str(error) or type(error).__name__


async def _prepare(
    connection: asyncpg.Connection, data_dir: Path, admin_dsn: str, environment: str, service: str
) -> str:
    name, password = f"{environment.replace('-', '_')}_{service}", _password(data_dir, service)
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", name):
        await _execute(connection, "create role %I login", name)
    await _execute(connection, "alter role %I password %L", name, password)
    if not await connection.fetchval("select exists (select from pg_database where datname = $1)", name):
        await _execute(connection, "create database %I owner %I", name, name)
        await _execute(connection, "revoke connect on database %I from public", name)
    parts = urlsplit(admin_dsn)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    where = f"{name}:{quote(password)}@{host}:{parts.port or 5432}"
    return urlunsplit((parts.scheme, where, f"/{name}", parts.query, ""))


async def _execute(connection: asyncpg.Connection, statement: str, *names: str) -> None:
    await connection.execute(
        await connection.fetchval("select format($1, variadic $2::text[])", statement, list(names))
    )


def _password(data_dir: Path, service: str) -> str:
    file = data_dir / f"{service}.password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(24), encoding="utf-8")
    return file.read_text(encoding="utf-8")
