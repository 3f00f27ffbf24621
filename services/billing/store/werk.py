"""SQL for the work list: signals put once, decisions, and the lines that wait for one."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.billing.domain.werk import VERVALLEN, Besloten, Signaal
from shared.db import Connection
from shared.kalender import Month


async def signal(
    tx: Connection, signals: Collection[Signaal], moment: datetime
) -> dict[tuple[str, str], UUID]:
    """Put on the work list what is not on it yet; the ids of these, by soort and sleutel.

    One whose cause had gone away by itself opens again; what is said of an open one is made new; what a person has
    dealt with stays as it is.
    """
    if not signals:
        return {}
    unique = {(one.soort, one.sleutel): one for one in signals}
    by_key = {key: unique[key] for key in sorted(unique)}
    rows = await tx.fetch(
        """
        insert into werk as w (soort, sleutel, huishouden_id, client_id, maand, gegevens, ontstaan_op)
        select u.*, $7 from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::int[], $6::jsonb[])
            u(soort, sleutel, huishouden_id, client_id, maand, gegevens)
        on conflict (soort, sleutel) do update
            set ontstaan_op = case when w.besluit is null then w.ontstaan_op else excluded.ontstaan_op end,
                gegevens = excluded.gegevens, afgehandeld_op = null, besluit = null
            where w.besluit = $8 or (w.besluit is null and w.gegevens <> excluded.gegevens)
        returning soort, sleutel, werk_id
        """,
        [one.soort for one in by_key.values()],
        [one.sleutel for one in by_key.values()],
        [one.huishouden_id for one in by_key.values()],
        [one.client_id for one in by_key.values()],
        [one.maand for one in by_key.values()],
        [json.dumps(one.gegevens) for one in by_key.values()],
        moment,
        VERVALLEN,
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def unknown(connection: Connection, signals: Collection[Signaal]) -> int:
    """How many of these were never put on the work list."""
    return int(
        await connection.fetchval(
            "select count(*) from unnest($1::text[], $2::text[]) u(soort, sleutel)"
            " where not exists (select from werk w where (w.soort, w.sleutel) = (u.soort, u.sleutel))",
            [one.soort for one in signals],
            [one.sleutel for one in signals],
        )
    )


async def lapse(
    tx: Connection,
    soorten: Collection[str],
    about: Collection[UUID],
    still: Collection[Signaal],
    moment: datetime,
) -> None:
    """Close the open items of these soorten about these households and clients, but for those that are `still` so."""
    await tx.execute(
        """
        update werk w set afgehandeld_op = $5, besluit = $6
        where afgehandeld_op is null and soort = any($1) and (huishouden_id = any($2) or client_id = any($2))
            and not exists (select from unnest($3::text[], $4::text[]) u(soort, sleutel)
                            where (u.soort, u.sleutel) = (w.soort, w.sleutel))
        """,
        list(soorten),
        list(about),
        [one.soort for one in still],
        [one.sleutel for one in still],
        moment,
        VERVALLEN,
    )


async def lapse_double(tx: Connection, sleutel: str, moment: datetime) -> None:
    """Close the open item about two contents of one number, unless a record still claims it with another content."""
    await tx.execute(
        """
        update werk set afgehandeld_op = $2, besluit = $3
        where afgehandeld_op is null and soort = 'dubbel-nummer' and sleutel = $1
            and not exists (select from oordeel o where o.sleutel = $1
                            and o.code in ('referentienummer-in-gebruik', 'id-in-gebruik'))
        """,
        sleutel,
        moment,
        VERVALLEN,
    )


async def keep_unpriced(
    tx: Connection,
    huishoudens: Collection[UUID],
    unpriced: Collection[tuple[UUID, Month]],
    moment: datetime,
) -> None:
    """In which months these households have support without a tariff; the items of months where none has lapse."""
    await tx.execute("delete from zonder_tarief where huishouden_id = any($1)", list(huishoudens))
    await tx.copy_records_to_table("zonder_tarief", records=unpriced)
    await tx.execute(
        "update werk w set afgehandeld_op = $1, besluit = $2 where afgehandeld_op is null and soort = 'zonder-tarief'"
        " and not exists (select from zonder_tarief z where z.maand = w.maand)",
        moment,
        VERVALLEN,
    )


async def listed(
    connection: Connection, soort: str | None, *, only_open: bool, after: int, limit: int
) -> list[asyncpg.Record]:
    """Items, oldest first, after number `after`."""
    return await connection.fetch(
        "select * from werk where nummer > $1 and ($2::text is null or soort = $2)"
        " and (afgehandeld_op is null or not $3) order by nummer limit $4",
        after,
        soort,
        only_open,
        limit,
    )


async def find(connection: Connection, werk_id: UUID) -> asyncpg.Record | None:
    """One item."""
    return await connection.fetchrow("select * from werk where werk_id = $1", werk_id)


async def hold(tx: Connection, werk_id: UUID) -> asyncpg.Record | None:
    """One item, that nobody else decides on before this transaction ends."""
    return await tx.fetchrow("select * from werk where werk_id = $1 for update", werk_id)


async def limits(tx: Connection, werk_ids: Collection[UUID]) -> dict[UUID, int]:
    """Of these items that hold a month the limit it was held for, in months."""
    if not werk_ids:
        return {}
    rows = await tx.fetch(
        "select werk_id, (gegevens ->> 'maandenMax')::int from werk"
        " where werk_id = any($1) and gegevens ? 'maandenMax'",
        list(werk_ids),
    )
    return {row[0]: row[1] for row in rows}


async def open_of(tx: Connection, soort: str, huishouden_id: UUID) -> list[UUID]:
    """The open items of a soort about a household, by month."""
    rows = await tx.fetch(
        "select werk_id from werk where soort = $1 and huishouden_id = $2 and afgehandeld_op is null"
        " order by maand, nummer for update",
        soort,
        huishouden_id,
    )
    return [row[0] for row in rows]


async def decide(
    tx: Connection,
    werk_ids: Sequence[UUID],
    besloten: Besloten,
    op_maanden: Sequence[Month | None],
    moment: datetime,
) -> None:
    """Note what was decided on these items, and from which statement on each works."""
    await tx.execute(
        "update werk w set besluit = $3, door = $4, artikel = $5, op_maand = u.op_maand, afgehandeld_op = $6"
        " from unnest($1::uuid[], $2::int[]) u(werk_id, op_maand) where w.werk_id = u.werk_id",
        list(werk_ids),
        list(op_maanden),
        besloten.besluit,
        besloten.door,
        besloten.artikel,
        moment,
    )


class Kwijt(NamedTuple):
    """What can be waived of a held month: what its lines ask, what is owed and was waived before, the last versie."""

    held_cent: int
    totaal_cent: int
    kwijt_cent: int
    versie: int
    bijdrage_id: UUID


async def waivable(tx: Connection, werk_id: UUID, huishouden_id: UUID, maand: Month) -> Kwijt:
    """Of the month that an item holds."""
    row = await tx.fetchrow(
        """
        select (select coalesce(sum(bedrag_cent), 0) from bijdrage_regel join vastgehouden using (bijdrage_regel_id)
                where werk_id = $1)::int,
               (array_agg(totaal_cent order by versie desc))[1],
               -coalesce(sum(bedrag_cent) filter (where soort = 'kwijtschelding'), 0)::int,
               max(versie), (array_agg(bijdrage_id))[1]
        from bijdrage_regel where huishouden_id = $2 and maand = $3
        """,
        werk_id,
        huishouden_id,
        maand,
    )
    return Kwijt(*row) if row else Kwijt(0, 0, 0, 0, werk_id)


async def counts(connection: Connection) -> dict[str, int]:
    """How many items are open, by soort."""
    rows = await connection.fetch(
        "select soort, count(*) from werk where afgehandeld_op is null group by soort"
    )
    return {row[0]: row[1] for row in rows}
