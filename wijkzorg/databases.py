"""A database and a role for each service, made once: the only SQL of the command.

PostgreSQL's own format() quotes the names, which cannot be parameters.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.settings import with_password
from wijkzorg.common import CommandError

CONNECT_TIMEOUT_SECONDS = 10
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)


async def prepare(admin_dsn: str, environment: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Have a role with its password and a database for each service of this environment (the prefix of its topics).

    Their DSNs, by service. Again changes nothing but the passwords.
    """
    try:
        connection = await asyncpg.connect(admin_dsn, timeout=CONNECT_TIMEOUT_SECONDS)
    except FAILURES as error:
        raise CommandError(
            f"PostgreSQL refuses the address it was given ({str(error) or type(error).__name__}). Nothing was started. "
            "Check WIJKZORG_POSTGRES_DSN: host, port, user, password and database."
        ) from None
    try:
        return {
            service: await _prepare(connection, admin_dsn, name_of(environment, service), password)
            for service, password in passwords.items()
        }
    except asyncpg.PostgresError as error:
        raise CommandError(
            f"The databases of the services cannot be made ({error}). Nothing was started. "
            "Let WIJKZORG_POSTGRES_DSN name a user that may create roles and databases."
        ) from None
    finally:
        await connection.close()


def name_of(environment: str, service: str) -> str:
    """What the role and the database of a service are called."""
    return f"{environment.replace('-', '_')}_{service}"


async def _prepare(connection: asyncpg.Connection, admin_dsn: str, name: str, password: str) -> str:
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", name):
        await _execute(connection, "create role %I login", name)
    await _execute(connection, "alter role %I password %L", name, password)
    if not await connection.fetchval("select exists (select from pg_database where datname = $1)", name):
        await _execute(connection, "create database %I owner %I", name, name)
    await _execute(connection, "revoke connect on database %I from public", name)
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    return with_password(urlunsplit(parts._replace(netloc=f"{name}@{host}", path=f"/{name}")), password)


async def _execute(connection: asyncpg.Connection, statement: str, *names: str) -> None:
    await connection.execute(
        await connection.fetchval("select format($1, variadic $2::text[])", statement, list(names))
    )


def make_password(file: Path, mode: int = 0o600) -> bool:
    """Put a random password in a file where there is none, in one move; whether that was done."""
    if file.exists():
        return False
    draft = file.with_name(f"{file.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(24), encoding="utf-8")
    draft.chmod(mode)
    draft.replace(file)
    return True


def password_in(file: Path) -> str:
    """The password that a file holds. Raises CommandError where it holds none."""
    password = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    if not password:
        raise CommandError(
            f"{file} holds no password. Nothing was done. Put one in it, or remove it and let one be made."
        )
    return password
