"""SQL for looking through the chains: all that is kept of some households, and what closed months have come to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

import asyncpg

from services.billing.domain.keten import Afwijking, Dossier, Eind, Gemaakt, Schakel, Sluiting, Telling
from shared.db import Connection
from shared.kalender import Month


async def page(connection: Connection, after: UUID | None, limit: int) -> dict[UUID, Dossier]:
    """All that is kept of the next households after this one, in order."""
    found = await connection.fetch(
        """
        select huishouden_id from (
            (select distinct huishouden_id from bijdrage_regel where $1::uuid is null or huishouden_id > $1
                order by 1 limit $2)
            union
            (select distinct huishouden_id from keten where $1::uuid is null or huishouden_id > $1
                order by 1 limit $2)
            union
            (select huishouden_id from keten_eind where $1::uuid is null or huishouden_id > $1
                order by 1 limit $2)
            union
            (select distinct huishouden_id from overzicht where $1::uuid is null or huishouden_id > $1
                order by 1 limit $2)
        ) al order by 1 limit $2
        """,
        after,
        limit,
    )
    if not found:
        return {}
    between = found[0][0], found[-1][0]
    lines = await connection.fetch(
        "select * from bijdrage_regel where huishouden_id between $1 and $2", *between
    )
    links = await connection.fetch(
        "select huishouden_id, nummer, bijdrage_regel_id, maand, versie, hash from keten"
        " where huishouden_id between $1 and $2 order by huishouden_id, nummer",
        *between,
    )
    made = await connection.fetch(
        "select huishouden_id, maand, gevraagd_cent, encode(sha256(inhoud), 'hex') from overzicht"
        " where huishouden_id between $1 and $2 order by huishouden_id, maand",
        *between,
    )
    ends = await connection.fetch(
        "select huishouden_id, nummer, maand from keten_eind where huishouden_id between $1 and $2",
        *between,
    )
    schakels, regels, overzichten = (_by_household(rows) for rows in (links, lines, made))
    einden = {row[0]: Eind(*row) for row in ends}
    return {
        id_: Dossier(
            [Schakel(*row) for row in schakels[id_]],
            [dict(line) for line in regels[id_]],
            [Gemaakt(*row) for row in overzichten[id_]],
            einden.get(id_),
        )
        for (id_,) in found
    }


def _by_household(rows: Iterable[asyncpg.Record]) -> Mapping[UUID, list[asyncpg.Record]]:
    grouped: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        grouped[row["huishouden_id"]].append(row)
    return grouped


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
        where k.bijdrage_regel_id is not null and (o.bijdrage_regel_id is not null) = (w.werk_id is not null and coalesce(w.op_maand > m.maand, true))
        """
    )
    return found


async def afwijkingen(connection: Connection) -> list[Afwijking]:
    """The closed months whose lines up to their cut, or whose statements, have come to other figures since."""
    rows = await connection.fetch(
        """
        select m.maand, m.huishoudens, m.totaal_cent, m.overzichten, m.gevraagd_cent,
               r.huishoudens, r.totaal_cent, o.overzichten, o.gevraagd_cent
        from maand m
        cross join lateral (
            select count(*) filter (where totaal_cent > 0) as huishoudens, coalesce(sum(totaal_cent), 0) as totaal_cent
            from (select distinct on (huishouden_id) totaal_cent from bijdrage_regel r
                  where r.maand = m.maand and r.bijdrage_regel_id <= m.tot_regel and r.geschreven_op <= m.begonnen_op
                  order by huishouden_id, versie desc) stand
        ) r
        cross join lateral (
            select count(*) as overzichten, coalesce(sum(gevraagd_cent), 0) as gevraagd_cent
            from overzicht where overzicht.maand = m.maand
        ) o
        where m.gesloten_op is not null and (m.huishoudens, m.totaal_cent, m.overzichten, m.gevraagd_cent)
            <> (r.huishoudens, r.totaal_cent, o.overzichten, o.gevraagd_cent)
        order by m.maand
        """
    )
    return [
        Afwijking(Month(row[0]), Telling(*map(int, row[1:5])), Telling(*map(int, row[5:9]))) for row in rows
    ]
