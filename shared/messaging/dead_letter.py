"""What could not be read or handled: kept with its bytes and the reason, out of the way of the rest."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import NamedTuple

from shared.db import Connection
from shared.messaging.delivery import Delivery

PIECES_MAX = 16
"""Of what is copied, how many pieces wait in memory."""


class Letter(NamedTuple):
    """A record to be put out of the way, with the code of the fault, the field it is in, and the reason in words."""

    delivery: Delivery
    code: str
    field: str | None
    reason: str


async def bury(connection: Connection, letters: Iterable[Letter], moment: datetime) -> None:
    """Keep each; one already kept stays as it was."""
    rows = [
        (*d.partition, d.offset, d.recorded_at, d.key, d.value, code, field, reason)
        for d, code, field, reason in letters
    ]
    await connection.execute(
        """
        insert into dead_letter (topic, partition, "offset", recorded_at, key, value, code, field, reason, created_at)
        select u.*, $10 from unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::bytea[], $6::bytea[],
                                    $7::text[], $8::text[], $9::text[]) u
        on conflict do nothing
        """,
        *([row[column] for row in rows] for column in range(9)),
        moment,
    )


async def put_aside(connection: Connection, delivery: Delivery, reason: str, moment: datetime) -> Letter:
    """Keep the one record that its handler cannot handle; the letter that was written."""
    letter = Letter(delivery, "onleesbaar", None, f"Dit bericht kon niet worden verwerkt ({reason}).")
    await bury(connection, [letter], moment)
    return letter


async def count(connection: Connection) -> int:
    """How many dead letters there are."""
    return int(await connection.fetchval("select count(*) from dead_letter"))


async def take_over(live: Connection, shadow: Connection) -> None:
    """Have a rebuilt database hold the dead letters of the live one: some a log that is compacted has no more."""
    pieces: asyncio.Queue[bytes] = asyncio.Queue(PIECES_MAX)

    async def give() -> None:
        await live.copy_from_table("dead_letter", output=pieces.put, format="binary")
        await pieces.put(b"")

    async def taken() -> AsyncIterator[bytes]:
        while piece := await pieces.get():
            yield piece

    async with shadow.transaction():
        await shadow.execute("delete from dead_letter")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(give())
            await shadow.copy_to_table("dead_letter", source=taken(), format="binary")
