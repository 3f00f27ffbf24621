"""What could not be read or handled: kept with its bytes and the reason, out of the way of the rest."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shared.db import Connection
from shared.messaging.delivery import Delivery


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
    copied = io.BytesIO()
    await live.copy_from_table("dead_letter", output=copied, format="binary")
    copied.seek(0)
    async with shadow.transaction():
        await shadow.execute("delete from dead_letter")
        await shadow.copy_to_table("dead_letter", source=copied, format="binary")
