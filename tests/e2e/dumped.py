"""Databases of services dumped and restored by PostgreSQL's own programs, as an operator does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from local.wheels import postgres_program


async def _run(program: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        postgres_program(program), *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def dump(dsn: str, file: Path) -> Path:
    """What a database holds now, whoever uses it."""
    await _run("pg_dump", "--format=custom", f"--dbname={dsn}", f"--file={file}")
    return file


@asynccontextmanager
async def _admin(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urlunsplit(urlsplit(dsn)._replace(path="/postgres")))
    try:
        yield connection
    finally:
        await connection.close()


async def restore(dsn: str, file: Path, owner: str | None = None) -> None:
    """A fresh database under the same name with what was dumped, whoever uses the one that is there.

    It is of `owner`, or else of whoever restores it.
    """
    name = urlsplit(dsn).path[1:]
    async with _admin(dsn) as admin:
        await admin.execute(f"drop database {name} with (force)")
        # Not before it is whole may anybody use it: a service would migrate it, and go on in half of it.
        await admin.execute(f"create database {name}_restored" + (f" owner {owner}" if owner else ""))
    await _run(
        "pg_restore",
        "--exit-on-error",
        f"--dbname={urlunsplit(urlsplit(dsn)._replace(path=f'/{name}_restored'))}",
        str(file),
    )
    async with _admin(dsn) as admin:
        await admin.execute(f"alter database {name}_restored rename to {name}")
