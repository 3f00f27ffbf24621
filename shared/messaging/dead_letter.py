"""What could not be read or handled: kept with its bytes and the reason, out of the way of the rest."""

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
    await connection.executemany(
        'insert into dead_letter (topic, partition, "offset", recorded_at, key, value, code, field, reason,'
        " created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        [
            (
                delivery.partition.topic,
                delivery.partition.number,
                delivery.offset,
                delivery.recorded_at,
                delivery.key,
                delivery.value,
                code,
                field,
                reason,
                moment,
            )
            for delivery, code, field, reason in letters
        ],
    )


async def put_aside(connection: Connection, delivery: Delivery, reason: str, moment: datetime) -> Letter:
    """Keep the one record that its handler cannot handle; the letter that was written."""
    letter = Letter(delivery, "onleesbaar", None, f"Dit bericht kon niet worden verwerkt ({reason}).")
    await bury(connection, [letter], moment)
    return letter


async def count(connection: Connection) -> int:
    """How many dead letters there are."""
    return int(await connection.fetchval("select count(*) from dead_letter"))
