"""SQL for what the API and the health pages read."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from services.billing.domain.werk import UITLEG
from services.billing.store import werk
from shared.db import Connection
from shared.kalender import Month


async def waiting(connection: Connection) -> dict[str, int]:
    """What waits in billing: households to be determined, records that wait for a fact, verdicts to be told."""
    row = await connection.fetchrow(
        """
        select (select count(distinct coalesce(huishouden_id, client_id)) from vuil) as "vuileHuishoudens",
               (select count(*) from oordeel where oordeel = 'in_afwachting') as geparkeerd,
               (select count(*) from ontvangst o join position p on p.topic = o.topic and p.partition = 0
                where o.verzonden < p.next) + (select count(*) from inhalen) as onverzonden
        """
    )
    return dict(row) if row else {}


async def work(connection: Connection) -> dict[str, int]:
    """How many items of each soort a person has yet to look at; of every soort, so that none is a silence."""
    return dict.fromkeys(UITLEG, 0) | await werk.counts(connection)


async def counts(connection: Connection) -> dict[str, int]:
    """How many records have each verdict, and what the ledger adds up to.

    A use without a verdict of its own is simply accepted. Of bijdragen beyond one a household and month there are
    none, as long as the unique index stands.
    """
    row = await connection.fetchrow(
        """
        with oordelen as (select oordeel, count(*) as aantal from oordeel group by oordeel),
        stand as (
            select distinct on (huishouden_id, maand) totaal_cent from bijdrage_regel
            order by huishouden_id, maand, versie desc
        )
        select (select count(*) from gebruik g where not exists
                    (select from oordeel o where o.aanbieder = g.aanbieder and o.plaats = g.plaats))
                + coalesce((select aantal from oordelen where oordeel = 'geaccepteerd'), 0) as geaccepteerd,
               coalesce((select aantal from oordelen where oordeel = 'dubbel'), 0) as dubbel,
               coalesce((select aantal from oordelen where oordeel = 'afgewezen'), 0) as afgewezen,
               coalesce((select aantal from oordelen where oordeel = 'in_afwachting'), 0) as "inAfwachting",
               (select count(*) from stand where totaal_cent > 0) as bijdragen,
               coalesce((select sum(totaal_cent) from stand), 0)::bigint as "bijdragenCent",
               (select count(*) - count(distinct (huishouden_id, maand)) from bijdrage_regel
                where soort = 'bijdrage') as "dubbeleBijdragen"
        """
    )
    return dict(row) if row else {}


async def household_is_known(connection: Connection, huishouden_id: UUID) -> bool:
    """Whether billing has ever heard of this household."""
    return bool(
        await connection.fetchval(
            "select exists (select from huishouden where huishouden_id = $1)"
            " or exists (select from bijdrage_regel where huishouden_id = $1)",
            huishouden_id,
        )
    )


async def ledger_of(connection: Connection, huishouden_id: UUID) -> list[asyncpg.Record]:
    """Every line of one household's ledger, by month and in order."""
    return await connection.fetch(
        "select maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel, wet, aanleiding, geschreven_op"
        " from bijdrage_regel where huishouden_id = $1 order by maand, versie",
        huishouden_id,
    )


async def charged_by(connection: Connection, bijdrage_id: UUID) -> tuple[UUID, Month] | None:
    """The household and month of a bijdrage; None where there is no such one."""
    row = await connection.fetchrow(
        "select huishouden_id, maand from bijdrage_regel where bijdrage_id = $1 and soort = 'bijdrage'",
        bijdrage_id,
    )
    return None if row is None else (row[0], Month(row[1]))


async def charged_in(
    connection: Connection, maand: Month, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Households that owe something for a month, by huishouden_id, after one of them."""
    return await connection.fetch(
        """
        select * from (
            select distinct on (huishouden_id) huishouden_id, maand, totaal_cent, versie, bijdrage_id, regel, wet
            from bijdrage_regel where maand = $1 and ($2::uuid is null or huishouden_id > $2)
            order by huishouden_id, versie desc
        ) stand where totaal_cent > 0 order by huishouden_id limit $3
        """,
        maand,
        after,
        limit,
    )


async def owing(connection: Connection, huishouden_ids: Collection[UUID], maand: Month) -> set[UUID]:
    """Of these households those that owe something for a month."""
    rows = await connection.fetch(
        """
        select huishouden_id from (
            select distinct on (huishouden_id) huishouden_id, totaal_cent from bijdrage_regel
            where maand = $1 and huishouden_id = any($2) order by huishouden_id, versie desc
        ) stand where totaal_cent > 0
        """,
        maand,
        list(huishouden_ids),
    )
    return {row[0] for row in rows}


async def known_clients(connection: Connection, client_ids: Collection[UUID]) -> set[UUID]:
    """Of these clients those of whom billing has heard from intake or indicatie."""
    rows = await connection.fetch(
        "select id from unnest($1::uuid[]) u(id) where exists (select from client c where c.client_id = id)"
        " or exists (select from toewijzing_versie v where v.client_id = id and v.huidig)",
        list(client_ids),
    )
    return {row[0] for row in rows}
