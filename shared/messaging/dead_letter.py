"""What could not be read or handled: kept with its bytes and the reason, out of the way of the rest."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg
from pydantic_core import from_json

from shared.db import Connection
from shared.messaging.delivery import Delivery, Place

NIET_VERWERKT = "niet-verwerkt"
"""The code of what can be read, and yet its handler cannot handle."""
_TYPE = re.compile(r"nl\.wijkzorg\.[a-z-]{1,60}\.v[0-9]{1,3}")


class Letter(NamedTuple):
    """A record to be put out of the way, with the code of the fault, the field it is in, and the reason in words."""

    delivery: Delivery
    code: str
    field: str | None
    reason: str


class Kept(NamedTuple):
    """A record that is refused for a fault of its own, as it is kept; `besluit`: what became of it, None while open.

    One that lies in no dead letter, but has a verdict, was not `put_away_at` any moment; its value is what was read.
    """

    place: Place
    key: bytes | None
    value: bytes | None
    type: str | None
    code: str
    field: str | None
    reason: str
    recorded_at: datetime | None = None
    put_away_at: datetime | None = None
    besluit: str | None = None


class Keyed(NamedTuple):
    """A key on a topic, and where the last dead letter under it stands."""

    place: Place
    key: bytes


class Group(NamedTuple):
    """How many dead letters have a reason, type and topic in common, and since when the oldest lies there."""

    topic: str
    type: str | None
    code: str
    number: int
    oldest: datetime


class Groups(NamedTuple):
    """The largest groups, and how many records and groups there are in all."""

    largest: Sequence[Group]
    records: int
    groups: int

    @classmethod
    def of(cls, rows: Sequence[asyncpg.Record]) -> "Groups":
        """Of rows that each have a group, and behind it both counts."""
        largest = [Group(*row[:-2]) for row in rows]
        return cls(largest, *map(int, rows[0][-2:])) if rows else cls((), 0, 0)


async def bury(connection: Connection, letters: Iterable[Letter], moment: datetime) -> None:
    """Keep each; one already kept stays as it was, but opens anew if it was handled and cannot be after all."""
    rows = [
        (*d.partition, d.offset, d.recorded_at, d.key, d.value, _type(d), code, field, reason)
        for d, code, field, reason in letters
    ]
    if not rows:
        return
    await connection.execute(
        """
        insert into dead_letter as d (topic, partition, "offset", recorded_at, key, value, type, code, field, reason,
                                      created_at, besluit)
        select u.*, $11, (select i.act from intervention i where i.act = 'verworpen'
                          and (i.topic, i.partition, i."offset") = (u.topic, u.partition, u."offset") limit 1)
        from unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::bytea[], $6::bytea[], $7::text[],
                    $8::text[], $9::text[], $10::text[])
            u(topic, partition, "offset", recorded_at, key, value, type, code, field, reason)
        on conflict (topic, partition, "offset") do update set
            type = excluded.type, code = excluded.code, field = excluded.field, reason = excluded.reason, besluit = null
            where d.besluit in ('hersteld', 'herleverd')
        """,
        *([row[column] for row in rows] for column in range(10)),
        moment,
    )


def _type(delivery: Delivery) -> str | None:
    """The type that the event has, or says it has, if that could be one."""
    if delivery.event is not None:
        return str(delivery.event["type"])
    try:
        said = from_json(delivery.value or b"")
    except ValueError:
        return None
    found = said.get("type") if isinstance(said, dict) else None
    return found if isinstance(found, str) and _TYPE.fullmatch(found) else None


async def put_aside(connection: Connection, delivery: Delivery, reason: str, moment: datetime) -> Letter:
    """Keep the one record that its handler cannot handle; the letter that was written."""
    letter = Letter(delivery, NIET_VERWERKT, None, f"Dit bericht kon niet worden verwerkt ({reason}).")
    await bury(connection, [letter], moment)
    return letter


async def keep(tx: Connection, kept: Kept, moment: datetime) -> None:
    """Keep what only had a verdict, as it was read, now that another takes its place."""
    await tx.execute(
        'insert into dead_letter (topic, partition, "offset", value, type, code, field, reason, created_at)'
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *kept.place.partition,
        kept.place.offset,
        kept.value,
        kept.type,
        kept.code,
        kept.field,
        kept.reason,
        moment,
    )


async def close(tx: Connection, place: Place, besluit: str) -> None:
    """Note what became of a letter."""
    await tx.execute(
        'update dead_letter set besluit = $4 where topic = $1 and partition = $2 and "offset" = $3',
        *place.partition,
        place.offset,
        besluit,
    )


async def erase(tx: Connection, keys: Iterable[tuple[str, bytes]]) -> None:
    """Forget the bytes of every letter with one of these topics and keys: its owner has erased that fact."""
    rows = list(keys)
    if not rows:
        return
    await tx.execute(
        """
        with gone as (
            update dead_letter d set key = null, value = null, besluit = 'gewist'
            from unnest($1::text[], $2::bytea[]) u(topic, key) where d.topic = u.topic and d.key = u.key
            returning d.topic, d.partition, d."offset"
        )
        update intervention i set value = null from gone g
        where (i.topic, i.partition, i."offset") = (g.topic, g.partition, g."offset") and i.value is not null
        """,
        [row[0] for row in rows],
        [row[1] for row in rows],
    )


async def find(connection: Connection, place: Place) -> Kept | None:
    """The letter at this place."""
    row = await connection.fetchrow(
        "select key, value, type, code, field, reason, recorded_at, created_at, besluit from dead_letter"
        ' where topic = $1 and partition = $2 and "offset" = $3',
        *place.partition,
        place.offset,
    )
    return Kept(place, *row) if row else None


class Wanted(NamedTuple):
    """Which letters are asked for: all, or those with this code, type, topic, provider and besluit (`open`: none yet)."""

    code: str | None = None
    type: str | None = None
    topic: str | None = None
    aanbieder: str | None = None
    besluit: str | None = "open"
    before: datetime | None = None


async def listed(connection: Connection, wanted: Wanted, after: Place, limit: int) -> list[Kept]:
    """Letters in order of their places from `after` on, without their bytes."""
    rows = await connection.fetch(
        """
        select topic, partition, "offset", type, code, field, reason, recorded_at, created_at, besluit
        from dead_letter
        where ($1::text is null or code = $1) and ($2::text is null or type = $2) and ($3::text is null or topic = $3)
            and ($4::text is null or topic like '%.' || $4)
            and ($5::text is null or coalesce(besluit, 'open') = $5) and ($6::timestamptz is null or created_at < $6)
            and (topic, partition, "offset") > ($7, $8, $9)
        order by topic, partition, "offset" limit $10
        """,
        *wanted,
        *after.partition,
        after.offset,
        limit,
    )
    return [Kept(Place.at(*row[:3]), None, None, *row[3:]) for row in rows]


async def unmended(connection: Connection, after: Place, limit: int) -> list[Keyed]:
    """By key the last letter that nobody has mended or redelivered: so many, in order of their places from `after` on."""
    rows = await connection.fetch(
        """
        select topic, partition, max("offset"), key from dead_letter
        where key is not null and (besluit is null or besluit = 'verworpen')
        group by topic, partition, key having (topic, partition, max("offset")) > ($1, $2, $3)
        order by topic, partition, max("offset") limit $4
        """,
        *after.partition,
        after.offset,
        limit,
    )
    return [Keyed(Place.at(*row[:3]), row[3]) for row in rows]


async def groups(connection: Connection, wanted: Wanted, limit: int) -> Groups:
    """The letters counted by topic, type and code: the largest groups."""
    rows = await connection.fetch(
        """
        select topic, type, code, count(*), min(created_at), sum(count(*)) over (), count(*) over () from dead_letter
        where ($1::text is null or code = $1) and ($2::text is null or type = $2) and ($3::text is null or topic = $3)
            and ($4::text is null or topic like '%.' || $4)
            and ($5::text is null or coalesce(besluit, 'open') = $5) and ($6::timestamptz is null or created_at < $6)
        group by topic, type, code order by count(*) desc, topic, type, code limit $7
        """,
        *wanted,
        limit,
    )
    return Groups.of(rows)


class Count(NamedTuple):
    """How many letters wait for a person, and of how many one has said or done what became of them."""

    open: int
    handled: int


async def count(connection: Connection) -> Count:
    """How many dead letters there are."""
    rows = await connection.fetch(
        "select count(*) filter (where besluit is null), count(besluit) from dead_letter"
    )
    return Count(*rows[0])
