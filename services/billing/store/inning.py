"""SQL for what the CAK is told: drafts, what went in files, and the files."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.billing.domain.inning import Bericht
from shared.db import Connection


class Gemeld(NamedTuple):
    """A message that was told: in which file, where in it, and when."""

    bericht: Bericht
    bestand: int
    regel: int
    gemeld_op: datetime


async def of_clients(
    connection: Connection, client_ids: Collection[UUID], huishouden_ids: Collection[UUID] = ()
) -> tuple[list[Bericht], list[Bericht]]:
    """What the CAK was told of these clients; and the drafts of what it has yet to be told, also under these households."""
    rows = await connection.fetch(
        # `offset 0`: looked up one by one, however small the table is taken to be when this is planned.
        """
        select i.* from unnest($1::uuid[]) c(id) cross join lateral (
            select client_id, per, soort, huishouden_id, kostprijs_cent, bestand from inning
            where client_id = c.id offset 0) i
        union
        select i.* from unnest($2::uuid[]) h(id) cross join lateral (
            select client_id, per, soort, huishouden_id, kostprijs_cent, bestand from inning
            where huishouden_id = h.id and bestand is null offset 0) i
        """,
        list(client_ids),
        list(huishouden_ids),
    )
    return (
        [Bericht(*row[:5]) for row in rows if row["bestand"] is not None],
        [Bericht(*row[:5]) for row in rows if row["bestand"] is None],
    )


async def redraft(tx: Connection, gone: Collection[Bericht], new: Collection[Bericht]) -> None:
    """Take away drafts, and add others."""
    if gone:
        await tx.execute(
            "delete from inning i using unnest($1::uuid[], $2::date[], $3::text[]) u(client_id, per, soort)"
            " where (i.client_id, i.per, i.soort) = (u.client_id, u.per, u.soort) and i.bestand is null",
            *([row[column] for row in gone] for column in range(3)),
        )
    if new:
        await tx.copy_records_to_table("inning", records=list(new), columns=Bericht._fields)


async def waiting(connection: Connection, tot: date) -> dict[str, int]:
    """How many messages up to and including a day are in no file yet, by soort."""
    rows = await connection.fetch(
        "select soort, count(*) from inning where bestand is null and per <= $1 group by soort", tot
    )
    return {row[0]: row[1] for row in rows}


async def due(tx: Connection, tot: date, limit: int) -> list[Bericht]:
    """Messages up to and including a day that are in no file yet, in the order of a file."""
    rows = await tx.fetch(
        "select client_id, per, soort, huishouden_id, kostprijs_cent from inning"
        " where bestand is null and per <= $1 order by client_id, per, soort limit $2",
        tot,
        limit,
    )
    return [Bericht(*row) for row in rows]


async def next_number(tx: Connection) -> int:
    """The number of the next file: one after the last, also where only its messages are known."""
    return int(
        await tx.fetchval(
            "select greatest((select max(nummer) from cak_bestand), (select max(bestand) from inning), 0) + 1"
        )
    )


async def tell(tx: Connection, gemeld: Sequence[Gemeld]) -> None:
    """Note that these messages are in files: of a draft, or as a message that this database did not know."""
    once = list({one.bericht[:3]: one for one in gemeld}.values())
    await tx.execute(
        """
        insert into inning as i (client_id, per, soort, huishouden_id, kostprijs_cent, bestand, regel, gemeld_op)
        select * from unnest($1::uuid[], $2::date[], $3::text[], $4::uuid[], $5::bigint[], $6::int[], $7::int[],
                             $8::timestamptz[])
        on conflict (client_id, per, soort) do update
            set huishouden_id = excluded.huishouden_id, kostprijs_cent = excluded.kostprijs_cent,
                bestand = excluded.bestand, regel = excluded.regel, gemeld_op = excluded.gemeld_op
            where i.bestand is null
        """,
        *([one.bericht[column] for one in once] for column in range(5)),
        [one.bestand for one in once],
        [one.regel for one in once],
        [one.gemeld_op for one in once],
    )


class Bestand(NamedTuple):
    """A file for the CAK: its number, the day up to which it tells, by whom and when it was made, and its bytes."""

    nummer: int
    datum: date
    berichten: int
    door: str
    gemaakt_op: datetime
    inhoud: bytes


async def add_file(tx: Connection, bestand: Bestand) -> None:
    """Keep a file."""
    await tx.execute(
        "insert into cak_bestand (nummer, datum, berichten, door, gemaakt_op, inhoud) values ($1, $2, $3, $4, $5, $6)",
        *bestand,
    )


async def files(connection: Connection, after: int, limit: int) -> list[asyncpg.Record]:
    """Files, after one of them, without their bytes."""
    return await connection.fetch(
        "select nummer, datum, berichten, door, gemaakt_op, sha256 from cak_bestand where nummer > $1"
        " order by nummer limit $2",
        after,
        limit,
    )


async def file(connection: Connection, nummer: int) -> asyncpg.Record | None:
    """One file, with its bytes."""
    return await connection.fetchrow("select * from cak_bestand where nummer = $1", nummer)


async def without_file(tx: Connection) -> dict[int, list[Gemeld]]:
    """The messages whose file this database does not have, by its number and in its order."""
    rows = await tx.fetch(
        "select client_id, per, soort, huishouden_id, kostprijs_cent, bestand, regel, gemeld_op from inning i"
        " where bestand is not null and not exists (select from cak_bestand b where b.nummer = i.bestand)"
        " order by bestand, regel"
    )
    found: dict[int, list[Gemeld]] = {}
    for row in rows:
        found.setdefault(row["bestand"], []).append(Gemeld(Bericht(*row[:5]), *row[5:]))
    return found


async def referred_to(
    connection: Connection, referenties: Collection[tuple[int, int]]
) -> Mapping[tuple[int, int], Bericht]:
    """The messages at these places in files."""
    rows = await connection.fetch(
        "select client_id, per, soort, huishouden_id, kostprijs_cent, bestand, regel from inning"
        " join unnest($1::int[], $2::int[]) u(bestand, regel) using (bestand, regel)",
        [one[0] for one in referenties],
        [one[1] for one in referenties],
    )
    return {(row["bestand"], row["regel"]): Bericht(*row[:5]) for row in rows}


async def rejected(connection: Connection, client_ids: Collection[UUID]) -> set[UUID]:
    """Of these clients those of whom the CAK refused a message, and nobody has dealt with that yet."""
    rows = await connection.fetch(
        "select distinct client_id from werk where soort = 'cak-afgewezen' and afgehandeld_op is null"
        " and client_id = any($1)",
        list(client_ids),
    )
    return {row[0] for row in rows}
