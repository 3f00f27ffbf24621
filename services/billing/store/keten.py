"""SQL for looking through the chains: all lines of some households, and their links."""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.billing.domain.keten import Schakel, Sluiting
from shared.db import Connection
from shared.kalender import Month


class Bladzijde(NamedTuple):
    """All lines and all links, in order, of the next households."""

    huishoudens: list[UUID]
    lines: list[asyncpg.Record]
    schakels: list[Schakel]


async def page(connection: Connection, after: UUID | None, limit: int) -> Bladzijde:
    """The next households after this one that have a line or a link."""
    first = UUID(int=0) if after is None else after
    found = await connection.fetch(
        """
        select huishouden_id from (
            (select distinct huishouden_id from bijdrage_regel where huishouden_id > $1 order by 1 limit $2)
            union
            (select distinct huishouden_id from keten where huishouden_id > $1 order by 1 limit $2)
        ) beide order by 1 limit $2
        """,
        first,
        limit,
    )
    if not found:
        return Bladzijde([], [], [])
    last = found[-1][0]
    lines = await connection.fetch(
        "select * from bijdrage_regel where huishouden_id > $1 and huishouden_id <= $2 order by huishouden_id",
        first,
        last,
    )
    links = await connection.fetch(
        "select huishouden_id, nummer, bijdrage_regel_id, maand, versie, hash from keten"
        " where huishouden_id > $1 and huishouden_id <= $2 order by huishouden_id, nummer",
        first,
        last,
    )
    return Bladzijde([row[0] for row in found], lines, [Schakel(*row) for row in links])


async def latest(connection: Connection) -> Sluiting | None:
    """The latest closing that began."""
    row = await connection.fetchrow(
        "select maand, begonnen_op, tot_regel, tot_huishouden, gesloten_op is not null from maand"
        " order by maand desc limit 1"
    )
    return Sluiting(Month(row[0]), *tuple(row)[1:]) if row else None


async def astray(connection: Connection) -> int:
    """How many lines that a closing has seen stand on no statement and wait for nobody, or both stand and wait."""
    found: int = await connection.fetchval(
        """
        select count(*) from keten k
        cross join (select max(maand) as maand from maand) m
        left join overzicht_regel o using (bijdrage_regel_id)
        left join (vastgehouden v join werk w using (werk_id)) using (bijdrage_regel_id)
        where (o.bijdrage_regel_id is not null) = (w.werk_id is not null and coalesce(w.op_maand > m.maand, true))
        """
    )
    return found
