"""SQL for the determination: who is dirty, what is known of them, and the lines of the ledger."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.billing.domain.feiten import Gebruiksmaand, Lidmaatschap, Vrijstelling
from shared.db import Connection
from shared.kalender import Month

DETERMINE_LOCK = 0x62657061


class Dirty(NamedTuple):
    """A household, or whatever household a client is in, to be determined again."""

    huishouden_id: UUID | None
    client_id: UUID | None


class Mark(NamedTuple):
    """One reason for that, and the id of the event that it is."""

    id: int
    huishouden_id: UUID | None
    client_id: UUID | None
    aanleiding: str | None


class Line(NamedTuple):
    """A line of the ledger to be added."""

    huishouden_id: UUID
    maand: Month
    versie: int
    soort: str
    bedrag_cent: int
    totaal_cent: int
    bijdrage_id: UUID
    regel: int
    wet: str
    aanleiding: list[str]


async def try_lock(connection: Connection) -> bool:
    """Become the one that determines, until the connection goes back to its pool; False where another copy is at it.

    Not a lock of the transaction: its one view of the facts must begin when no other copy is writing any more.
    """
    return bool(await connection.fetchval("select pg_try_advisory_lock($1)", DETERMINE_LOCK))


async def lock(tx: Connection) -> None:
    """Keep every copy from determining before this transaction ends; wait for the one that is at it."""
    await tx.execute("select pg_advisory_xact_lock($1)", DETERMINE_LOCK)


async def last_mark(tx: Connection) -> int:
    """The id of the last mark; 0 where there is none."""
    return int(await tx.fetchval("select coalesce(max(id), 0) from vuil"))


async def dirty(tx: Connection, until: int | None, limit: int) -> tuple[list[Dirty], int]:
    """Who is to be determined again by the `limit` oldest marks, the longest marked first, and how many marks that were.

    Of marks up to the id `until`, if that is given.
    """
    rows = await tx.fetch(
        "select huishouden_id, client_id, count(*) from (select * from vuil where id <= coalesce($1, id) order by id limit $2) v"
        " group by huishouden_id, client_id order by min(id)",
        until,
        limit,
    )
    return [Dirty(row[0], row[1]) for row in rows], sum(row[2] for row in rows)


async def meet(tx: Connection, huishouden_ids: Collection[UUID], client_ids: Collection[UUID]) -> list[Mark]:
    """All reasons to determine these households and clients again; they are met in this transaction."""
    rows = await tx.fetch(
        "with gedaan as (delete from vuil where huishouden_id = any($1) or client_id = any($2)"
        " returning id, huishouden_id, client_id, aanleiding) select * from gedaan order by id",
        list(huishouden_ids),
        list(client_ids),
    )
    return [Mark(*row) for row in rows]


async def horizon(tx: Connection) -> Month | None:
    """The month up to which everything was determined, or None at the very first."""
    found = await tx.fetchval("select maand from horizon")
    return None if found is None else Month(found)


async def set_horizon(tx: Connection, maand: Month) -> None:
    """Everything that a new month opens is marked: note the month."""
    await tx.execute(
        "insert into horizon (maand) values ($1) on conflict (enige) do update set maand = excluded.maand",
        maand,
    )


async def lasting(tx: Connection, after: Month, kinds: Sequence[tuple[str, str]]) -> set[int]:
    """Toewijzingen whose care can be in use after month `after` without any new fact; `kinds` by leveringsvorm, categorie."""
    rows = await tx.fetch(
        "select nummer from toewijzing_versie where huidig"
        " and (leveringsvorm, categorie) in (select * from unnest($2::text[], $3::text[]))"
        " union select toewijzingnummer from gebruik_maand where maand > $1",
        after,
        [vorm for vorm, _ in kinds],
        [categorie for _, categorie in kinds],
    )
    return {row[0] for row in rows}


async def zorg(
    tx: Connection, client_ids: Collection[UUID], *, also_removed: bool = False
) -> list[asyncpg.Record]:
    """The current version of every toewijzing of these clients, with when it was first given."""
    return await tx.fetch(
        """
        select v.*, coalesce(g.time, v.time) gegeven_op, g.event_id gegeven_door
        from toewijzing_versie v left join lateral (
            select time, event_id from toewijzing_versie g where g.nummer = v.nummer and not g.verwijderd
            order by time, source, event_id limit 1
        ) g on true
        where v.huidig and ($2 or not v.verwijderd) and v.client_id = any($1)
        """,
        list(client_ids),
        also_removed,
    )


async def gebruiksmaanden(tx: Connection, nummers: Collection[int]) -> dict[int, list[Gebruiksmaand]]:
    """The months of these toewijzingen in which a fitting use has a day."""
    rows = await tx.fetch(
        "select toewijzingnummer, maand, eerste_begin, eerste_eind, laatste_dag, vroegst from gebruik_maand"
        " where toewijzingnummer = any($1) order by toewijzingnummer, maand",
        list(nummers),
    )
    found: dict[int, list[Gebruiksmaand]] = {}
    for nummer, *maand in rows:
        found.setdefault(nummer, []).append(Gebruiksmaand(*maand))
    return found


async def gemeld(tx: Connection, nummers: Collection[int]) -> dict[int, frozenset[Month]]:
    """The months of these toewijzingen in which any use has a day, also one taken back or not fitting."""
    rows = await tx.fetch(
        "select toewijzingnummer, array_agg(distinct maand) from gebruik where toewijzingnummer = any($1) group by 1",
        list(nummers),
    )
    return {row[0]: frozenset(map(Month, row[1])) for row in rows}


async def meldingen(tx: Connection, nummers: Collection[int]) -> list[asyncpg.Record]:
    """The accepted starts and stops of these toewijzingen."""
    return await tx.fetch(
        "select toewijzingnummer, event from oordeel where toewijzingnummer = any($1) and oordeel = 'geaccepteerd'",
        list(nummers),
    )


async def lidmaatschappen(tx: Connection, huishouden_ids: Collection[UUID]) -> list[Lidmaatschap]:
    """Whom these households name, and when."""
    rows = await tx.fetch(
        "select client_id, huishouden_id, van, tot from lid where huishouden_id = any($1)",
        list(huishouden_ids),
    )
    return [Lidmaatschap(*row) for row in rows]


async def vrijstellingen(
    tx: Connection, huishouden_ids: Collection[UUID], client_ids: Collection[UUID]
) -> list[Vrijstelling]:
    """The exemptions in force of these households and clients."""
    rows = await tx.fetch(
        "select huishouden_id, client_id, voor_huishouden, telt_voor_kostprijs, van_maand, tot_maand from vrijstelling"
        " where not vervallen and (huishouden_id = any($1) or client_id = any($2))",
        list(huishouden_ids),
        list(client_ids),
    )
    return [Vrijstelling(*row) for row in rows]


async def clienten(tx: Connection, client_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """Of these clients: the first day no longer registered, and into whom they were merged."""
    return await tx.fetch(
        "select client_id, uitgeschreven_per, opgegaan_in from client where client_id = any($1)",
        list(client_ids),
    )


async def standen(
    tx: Connection, huishouden_ids: Collection[UUID]
) -> dict[tuple[UUID, Month], tuple[int, int]]:
    """Of every month of these households that was ever charged: the sum of its lines in cents, and their versie."""
    rows = await tx.fetch(
        "select h.id, stand.* from unnest($1::uuid[]) h(id) cross join lateral"
        " (select distinct on (maand) maand, totaal_cent, versie from bijdrage_regel"
        "  where huishouden_id = h.id order by maand, versie desc) stand",
        list(huishouden_ids),
    )
    return {(row[0], Month(row[1])): (row[2], row[3]) for row in rows}


class Kwijtgescholden(NamedTuple):
    """What was waived of a month in all, in cents, and by which article the last time."""

    cent: int
    wet: str


async def waived(
    tx: Connection, huishouden_ids: Collection[UUID]
) -> dict[tuple[UUID, Month], Kwijtgescholden]:
    """Of the months of these households what was waived."""
    rows = await tx.fetch(
        "select huishouden_id, maand, -sum(bedrag_cent)::int, (array_agg(wet order by versie desc))[1]"
        " from bijdrage_regel where huishouden_id = any($1) and soort = 'kwijtschelding'"
        " group by huishouden_id, maand having sum(bedrag_cent) <> 0",
        list(huishouden_ids),
    )
    return {(row[0], Month(row[1])): Kwijtgescholden(row[2], row[3]) for row in rows}


async def frozen(tx: Connection, huishouden_ids: Collection[UUID]) -> dict[UUID, Month]:
    """Of these households those of which a fact was erased: up to which month they are determined no more."""
    rows = await tx.fetch(
        "select huishouden_id, tot_maand from bevroren where huishouden_id = any($1)", list(huishouden_ids)
    )
    return {row[0]: Month(row[1]) for row in rows}


async def freeze(tx: Connection, huishouden_ids: Collection[UUID]) -> None:
    """Determine the months of these households that are definitive no more."""
    await tx.execute(
        "insert into bevroren as b (huishouden_id, tot_maand)"
        " select u.id, m.maand from unnest($1::uuid[]) u(id), (select max(maand) as maand from maand) m"
        " where m.maand is not null and (exists (select from lid l where l.huishouden_id = u.id)"
        " or exists (select from bijdrage_regel r where r.huishouden_id = u.id)) order by u.id"
        " on conflict (huishouden_id) do update set tot_maand = greatest(b.tot_maand, excluded.tot_maand)",
        list(huishouden_ids),
    )


async def add_lines(tx: Connection, lines: Sequence[Line], moment: datetime) -> None:
    """Add lines to the ledger. The database refuses a second charge for a household and month."""
    await tx.copy_records_to_table(
        "bijdrage_regel",
        records=[(*line, moment) for line in lines],
        columns=(*Line._fields, "geschreven_op"),
    )


class Cause(NamedTuple):
    """Care whose events are to be named: uses of `maand` recorded before `before`, or the first of all."""

    nummer: int
    maand: Month
    before: datetime | None


async def use_ids(tx: Connection, causes: Sequence[Cause]) -> dict[tuple[int, Month], list[str]]:
    """For care that is in use by its deliveries: the ids of those that count, by toewijzing and month."""
    rows = await tx.fetch(
        "select u.n, u.m, g.ids from unnest($1::int[], $2::int[], $3::timestamptz[]) u(n, m, b) cross join lateral"
        " (select array_agg(distinct event_id) ids from gebruik where toewijzingnummer = u.n and maand = u.m"
        "  and past and not ingetrokken and time < u.b) g where g.ids is not null",
        [cause.nummer for cause in causes],
        [cause.maand for cause in causes],
        [cause.before for cause in causes],
    )
    return {(row[0], Month(row[1])): row[2] for row in rows}


async def first_use_ids(tx: Connection, nummers: Iterable[int]) -> dict[int, str]:
    """For care that is in use by its first delivery: the id of the one recorded first."""
    rows = await tx.fetch(
        "select distinct on (toewijzingnummer) toewijzingnummer, event_id from gebruik"
        " where toewijzingnummer = any($1) and past and not ingetrokken"
        " order by toewijzingnummer, time, source, event_id",
        list(nummers),
    )
    return {row[0]: row[1] for row in rows}
