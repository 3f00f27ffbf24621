"""What no log says of single records, and people answer for: letters and acts, taken over whole by a rebuilt database."""

import asyncio
from collections.abc import AsyncIterator

from shared.db import Connection

PIECES_MAX = 16
"""Of what is copied, how many pieces wait in memory."""


async def hold(live: Connection) -> None:
    """Have who handles, acts or migrates wait until the end of this transaction; who only reads need not."""
    await live.execute("lock table position, intervention, schema_migration in exclusive mode")


async def take_over(live: Connection, shadow: Connection) -> None:
    """Have a rebuilt database hold the letters and acts of the live one, and the letters that only itself has.

    Some letters a log that is compacted has no more; and bytes that were erased from acts are gone here too.
    """
    async with shadow.transaction():
        await shadow.execute("alter table intervention disable trigger user")
        await shadow.execute("delete from intervention")
        await shadow.execute("create temp table own on commit drop as table dead_letter")
        await shadow.execute("delete from dead_letter")
        for table in ("dead_letter", "intervention"):
            await _copy(live, shadow, table)
        await shadow.execute("insert into dead_letter table own on conflict do nothing")
        await shadow.execute("alter table intervention enable trigger user")
        await shadow.execute(
            "select setval(pg_get_serial_sequence('intervention', 'id'), coalesce(max(id), 0) + 1, false)"
            " from intervention"
        )


async def _copy(live: Connection, shadow: Connection, table: str) -> None:
    pieces: asyncio.Queue[bytes] = asyncio.Queue(PIECES_MAX)

    async def give() -> None:
        await live.copy_from_table(table, output=pieces.put, format="binary")
        await pieces.put(b"")

    async def taken() -> AsyncIterator[bytes]:
        while piece := await pieces.get():
            yield piece

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(give())
        await shadow.copy_to_table(table, source=taken(), format="binary")
