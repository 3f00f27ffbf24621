"""A database that has been at work for long: other clients' facts, between those of the clients that are measured.

The same providers, the same year, every table that a use touches and its indexes. The uses stand before those that
are measured in the logs of their providers, as they would.
"""

from collections.abc import Sequence

import asyncpg

from bench.events import PROVIDERS, SPREAD, USES_A_CLIENT, clients
from bench.path import Progress

CLIENTS_A_CHUNK = 20_000
TABLES = (
    "huishouden",
    "lid",
    "toewijzing_versie",
    "gebruik",
    "gebruik_maand",
    "oordeel",
    "bijdrage_regel",
    "inning",
)
CLIENTS = """
create temporary table wie as
select n, ($4::text[])[1 + n % cardinality($4::text[])] aanbieder,
       1 + 2 * n * $3::bigint nummer, -- odd; those that are measured are even
       md5('past client ' || n)::uuid client, md5('past household ' || n)::uuid huishouden
from generate_series($1::bigint, $2::bigint) n
"""
USES = """
create temporary table wat as
select w.*, m, 12 * 2025 + m maand, date '2025-01-01' + make_interval(months => m) + make_interval(days => 14 * h) begin,
       w.n * $1::int + 2 * m + h use, 1 + w.n / cardinality($3::text[]) * $1::int + 2 * m + h plaats,
       'R' || lpad((w.n % $2)::text, 7, '0') || lpad((2 * m + h)::text, 3, '0') || 'P' || w.n referentie
from wie w, generate_series(0, 11) m, generate_series(0, 1) h
"""
FILL = (
    """
    insert into huishouden
    select huishouden, jsonb_build_object('id', 'h' || n, 'huishouden_id', huishouden, 'versie', 1, 'leden', array[client],
                                          'type', 'nl.wijkzorg.huishouden-vastgesteld.v1', 'van', '2020-01-01')
    from wie
    """,
    "insert into lid select huishouden, client, date '2020-01-01', null from wie",
    """
    insert into toewijzing_versie (nummer, feit, source, event_id, time, inhoud, toegewezen_op, verwijderd, client_id, aanbieder,
                                   categorie, ingangsdatum, leveringsvorm, geldt, huidig)
    select nummer, 'past/B' || n, 'urn:nld:oin:00000001009999999000:systeem:bench', 'i' || n, timestamptz '2024-12-01',
           repeat('x', 200) || n, timestamptz '2024-12-01', false, client, aanbieder, '01', date '2025-01-01', 'zin', true, true
    from wie
    """,
    """
    insert into gebruik
    select aanbieder, -plaats, referentie, nummer, maand, begin, begin + interval '13 days', timestamptz '2025-12-31',
           'urn:nld:agb:' || aanbieder || ':systeem:ecd', md5('past use ' || use)::uuid::text, '01', '01A03', 4, '04', 1250, 5000,
           1767225600000, true, false
    from wat
    """,
    """
    insert into gebruik_maand
    select nummer, maand, 2, min(begin), min(begin) + interval '13 days', max(begin) + interval '13 days',
           timestamptz '2025-12-31'
    from wat group by nummer, maand
    """,
    """
    insert into oordeel (aanbieder, plaats, versie, type, oordeel, code, veld, uitleg, sleutel)
    select aanbieder, -1000000000 - plaats, 1767225600000, 'nl.wijkzorg.gebruik-geregistreerd.v1',
           case when use % 3 = 0 then 'afgewezen' else 'dubbel' end, case when use % 3 = 0 then 'volume' end,
           case when use % 3 = 0 then 'data.volume' end, case when use % 3 = 0 then 'A volume must be above 0.' end,
           'gebruik/' || aanbieder || '/' || referentie
    from wat where use % 33 = 0
    """,
    """
    insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel, wet,
                                aanleiding, geschreven_op, netto_cent)
    select huishouden, maand, 1, 'bijdrage', 2100, 2100, md5('past contribution ' || n || '/' || maand)::uuid, 7,
           'Wmo 2015 art. 2.1.4a lid 4', array[md5('past use ' || min(use))::uuid::text], timestamptz '2025-12-31', 2100
    from wat group by n, huishouden, maand
    """,
    """
    insert into inning (client_id, per, soort, huishouden_id)
    select client, date '2025-01-01', 'start', huishouden from wie
    """,
)


async def fill(dsn: str, uses: int, count: int, progress: Progress) -> None:
    """Lay so many uses, and all that came of them, into a database of billing that will be measured by turns of `count` uses.

    Raises ValueError where that past does not fit between the toewijzingen that are measured.
    """
    people = clients(uses)
    step = clients(count) * SPREAD // people
    if step < 1:
        raise ValueError(
            f"{uses} uses do not fit between {count}: measure more at once, or let there be fewer"
        )
    connection = await asyncpg.connect(dsn, command_timeout=1800)
    try:
        await connection.execute("set session_replication_role = replica; set synchronous_commit = off")
        for start in range(0, people, CLIENTS_A_CHUNK):
            progress("filling the database", start / people)
            chunk = (start, min(start + CLIENTS_A_CHUNK, people) - 1)
            await _fill(connection, chunk, step, clients(count))
        for table in TABLES:
            progress(f"vacuuming {table}", 1)
            await connection.execute(f"vacuum analyze {table}")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def _fill(connection: asyncpg.Connection, chunk: Sequence[int], step: int, people: int) -> None:
    async with connection.transaction():
        await connection.execute(CLIENTS, *chunk, step, list(PROVIDERS))
        await connection.execute(USES, USES_A_CLIENT, people, list(PROVIDERS))
        for statement in FILL:
            await connection.execute(statement)
        await connection.execute("drop table wie, wat")
