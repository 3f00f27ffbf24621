"""SQL that looks through all of billing, for who checks it: whole tables, each in one pass."""

from typing import NamedTuple

from shared.controle import Figures
from shared.db import Connection
from shared.kalender import Month


class Judged(NamedTuple):
    """A provider's topic: up to where it was judged, how many verdicts there are up to there, and how many after it."""

    topic: str
    next: int
    verdicts: int
    beyond: int

    @property
    def aanbieder(self) -> str:
        """Whose topic it is, by AGB code."""
        return self.topic[-8:]


async def judged(connection: Connection) -> list[Judged]:
    """Of every provider how many records have a verdict."""
    rows = await connection.fetch(
        """
        select p.topic, p.next, g.onder + o.onder, g.boven + o.boven
        from position p
        cross join lateral (
            select count(*) filter (where plaats < p.next) as onder, count(*) filter (where plaats >= p.next) as boven
            from gebruik where aanbieder = right(p.topic, 8)
        ) g
        cross join lateral (
            select count(*) filter (where plaats < p.next) as onder, count(*) filter (where plaats >= p.next) as boven
            from oordeel o where aanbieder = right(p.topic, 8) and not exists
                (select from gebruik u where u.aanbieder = o.aanbieder and u.plaats = o.plaats)
        ) o
        where p.topic ~ '\\.gebruik\\.[0-9]{8}$' order by p.topic
        """
    )
    return [Judged(*row) for row in rows]


async def gaps(connection: Connection, aanbieder: str, next_: int, limit: int) -> list[tuple[int, int]]:
    """The first places of a provider, from and up to and including, that have no verdict."""
    rows = await connection.fetch(
        """
        select plaats + 1, volgende - 1
        from (
            select plaats, lead(plaats, 1, $2) over (order by plaats) as volgende
            from (
                select -1::bigint as plaats
                union select plaats from gebruik where aanbieder = $1 and plaats < $2
                union select plaats from oordeel where aanbieder = $1 and plaats < $2
            ) judged
        ) pairs
        where volgende > plaats + 1 order by 1 limit $3
        """,
        aanbieder,
        next_,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


class Ledger(NamedTuple):
    """The ledger of one month: its lines, how many do not follow from those before, and the least and most owed."""

    maand: Month
    lines: int
    broken: int
    misplaced: int
    least_cent: int
    most_cent: int


async def ledger(connection: Connection) -> list[Ledger]:
    """Of every month whether the totals of its lines are the sums, and whether each household begins with one charge."""
    rows = await connection.fetch(
        """
        select maand, count(*), count(*) filter (where som <> totaal_cent),
               count(*) filter (where (nummer = 1) <> (soort = 'bijdrage')), min(totaal_cent), max(totaal_cent)
        from (
            select maand, soort, totaal_cent, row_number() over w as nummer,
                   sum(bedrag_cent) filter (where soort <> 'kwijtschelding') over w as som
            from bijdrage_regel window w as (partition by huishouden_id, maand order by versie)
        ) lines
        group by maand order by maand
        """
    )
    return [Ledger(Month(row[0]), *tuple(row)[1:]) for row in rows]


async def figures(connection: Connection) -> Figures:
    """What billing has counted."""
    row = await connection.fetchrow(
        """
        select (select count(*) from gebruik where past and not ingetrokken),
               (select coalesce(sum(aantal), 0) from gebruik_maand)::bigint,
               count(*) filter (where totaal_cent > 0), coalesce(sum(totaal_cent), 0)::bigint
        from (
            select distinct on (huishouden_id, maand) totaal_cent from bijdrage_regel
            order by huishouden_id, maand, versie desc
        ) stand
        """
    )
    return Figures(*row) if row else Figures(0, 0, 0, 0)
