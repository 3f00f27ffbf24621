"""What people did to single records: who, when and why; and the bytes by which they mended one, read in its place."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

import asyncpg

from shared.db import Connection
from shared.messaging.delivery import Delivery, Move, Partition, Place
from shared.messaging.source import delivered

Act: TypeAlias = Literal["bekeken", "hersteld", "herleverd", "verworpen"]


class By(NamedTuple):
    """Who acts, why, and when."""

    door: str
    reden: str
    moment: datetime


class Intervention(NamedTuple):
    """What was done to the record at a place; `value`: the bytes that mend it."""

    id: int
    place: Place
    act: Act
    by: By
    value: bytes | None = None


async def note(tx: Connection, place: Place, act: Act, by: By, value: bytes | None = None) -> None:
    """Write down what was done."""
    await tx.execute(
        'insert into intervention (topic, partition, "offset", act, door, reden, moment, value)'
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        *place.partition,
        place.offset,
        act,
        *by,
        value,
    )


async def done_at(connection: Connection, place: Place, limit: int) -> list[Intervention]:
    """What was done to one record: the first so many."""
    rows = await connection.fetch(
        'select id, topic, partition, "offset", act, door, reden, moment, value from intervention'
        ' where topic = $1 and partition = $2 and "offset" = $3 order by id limit $4',
        *place.partition,
        place.offset,
        limit,
    )
    return [_of(row) for row in rows]


async def last(connection: Connection, place: Place, act: Act) -> Intervention | None:
    """The last time that this was done to one record."""
    row = await connection.fetchrow(
        'select id, topic, partition, "offset", act, door, reden, moment, value from intervention'
        ' where topic = $1 and partition = $2 and "offset" = $3 and act = $4 order by id desc limit 1',
        *place.partition,
        place.offset,
        act,
    )
    return _of(row) if row else None


async def mending(connection: Connection, place: Place) -> bytes | None:
    """The bytes that mend one record: the last that somebody gave."""
    found = await last(connection, place, "hersteld")
    return found and found.value


async def listed(connection: Connection, after: int, limit: int) -> list[Intervention]:
    """What was done by which records stand as they do, in order from id `after` on."""
    rows = await connection.fetch(
        'select id, topic, partition, "offset", act, door, reden, moment, value from intervention i'
        " where id > $1 and (act = 'verworpen' or value is not null and not exists (select from intervention l"
        ' where (l.topic, l.partition, l."offset") = (i.topic, i.partition, i."offset") and l.id > i.id'
        " and l.value is not null)) order by id limit $2",
        after,
        limit,
    )
    return [_of(row) for row in rows]


async def not_done(connection: Connection, acts: Sequence[Intervention]) -> list[Intervention]:
    """Those of these acts that are not written down in this database: a mending by other bytes is another act."""
    rows = await connection.fetch(
        """
        select u.number from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::bytea[])
            with ordinality u(topic, partition, "offset", act, value, number)
        where not exists (
            select from intervention i where (i.topic, i.partition, i."offset", i.act)
                = (u.topic, u.partition, u."offset", u.act) and i.value is not distinct from u.value)
        order by u.number
        """,
        *zip(*((*one.place.partition, one.place.offset, one.act, one.value) for one in acts), strict=True),
    )
    return [acts[row[0] - 1] for row in rows]


def _of(row: asyncpg.Record) -> Intervention:
    return Intervention(row[0], Place.at(*row[1:4]), row[4], By(*row[5:8]), row[8])


async def as_mended(tx: Connection, batch: Sequence[Delivery], moves: Iterable[Move]) -> Sequence[Delivery]:
    """These deliveries, with the bytes that mend one read instead of its own; `moves` are what they do to positions.

    To be asked after the positions have moved: who mends a record meanwhile, waits for them or is waited for.
    """
    rows = await tx.fetch(
        'select i.topic, i.partition, i."offset", i.value from intervention i'
        " join unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) u(topic, partition, old, new)"
        ' on i.topic = u.topic and i.partition = u.partition and i."offset" >= u.old and i."offset" < u.new'
        " where i.value is not null order by i.id",
        *zip(*((*move.partition, move.old, move.new) for move in moves), strict=True),
    )
    if not rows:
        return batch
    mended = {Place(Partition(row[0], row[1]), row[2]): row[3] for row in rows}
    return [
        delivered(d.place, d.timestamp_ms, d.key, mended[d.place]) if d.place in mended else d for d in batch
    ]
