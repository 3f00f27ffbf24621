"""SQL for the life of months: beginning to close, what stands on no statement yet, statements, and how far it is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.billing.domain.maand import Stand
from services.billing.store import verteld
from shared.db import Connection
from shared.kalender import Month

CLOSE_LOCK = 0x736C7569
NOBODY = UUID(int=0)  # before every other
LAY_READY_SECONDS_MAX = 600.0


class Sluitend(NamedTuple):
    """A month that is being closed: by which cut and settings, how far it is, and what was told of it before a restore."""

    maand: Month
    begonnen_op: datetime
    tot_regel: int
    instellingen: str
    tot_huishouden: UUID | None
    huishoudens: int
    totaal_cent: int
    verteld_huishoudens: int | None
    verteld_totaal_cent: int | None


async def try_lock(connection: Connection) -> bool:
    """Become the one that closes, until the connection goes back to its pool; False where another copy is at it."""
    return bool(await connection.fetchval("select pg_try_advisory_lock($1)", CLOSE_LOCK))


async def stand(tx: Connection, horizon: Month) -> Stand:
    """How far the ledger and its months are; `horizon` is the month it is."""
    row = await tx.fetchrow(
        """
        select least((select min(maand) from bijdrage_regel), case when m.maand is null then
                   (select min(maand) from zonder_tarief where maand > (select min(maand) from tarief)) end),
               m.maand, m.gesloten_op is not null,
               exists (select from vuil),
               coalesce((select maand from horizon), $1) <> $1
        from (values (1)) one left join lateral (select * from maand order by maand desc limit 1) m on true
        """,
        horizon,
    )
    if row is None:
        return Stand(None, None, False, None)
    eerste, laatste, is_closed, dirty, is_behind = row
    waits = None
    if await verteld.is_catching_up(tx):
        waits = "De dienst haalt na een herstel nog in wat er al was. Wacht tot hij bij is."
    elif dirty or is_behind:
        waits = "Er zijn huishoudens van wie de bijdrage nog moet worden bepaald. Wacht tot de dienst bij is."
    return Stand(eerste and Month(eerste), laatste and Month(laatste), bool(is_closed), waits)


async def begin(tx: Connection, maand: Month, moment: datetime, instellingen: str) -> bool:
    """Draw the cut of a month, under the lock of the determination; False where it was drawn before."""
    return (
        await tx.execute(
            "insert into maand (maand, begonnen_op, tot_regel, instellingen)"
            " select $1, $2, coalesce(max(bijdrage_regel_id), 0), $3 from bijdrage_regel on conflict do nothing",
            maand,
            moment,
            instellingen,
        )
        == "INSERT 0 1"
    )


async def closing(connection: Connection) -> Sluitend | None:
    """The first month that has begun to close and is not closed yet."""
    row = await connection.fetchrow(
        "select maand, begonnen_op, tot_regel, instellingen, tot_huishouden, huishoudens, totaal_cent,"
        " verteld_huishoudens, verteld_totaal_cent from maand where gesloten_op is null order by maand limit 1"
    )
    return Sluitend(*row) if row else None


async def lay_ready(connection: Connection, what: Sluitend) -> None:
    """Lay ready what may stand on the statements of a month, for the households that it has not come to yet.

    A temporary table of this connection: the same again at every resumption.
    """
    await connection.execute(
        """
        drop table if exists klaar;
        create temporary table klaar (like bijdrage_regel, werk_id uuid, reden text, vanaf int, inhoud bytea)
        """
    )
    await connection.execute(
        """
        insert into klaar
        select r.*, w.werk_id, w.soort, w.op_maand, case when k.nummer is null then keten_regel(r) end
        from bijdrage_regel r
        left join vastgehouden v using (bijdrage_regel_id) left join werk w using (werk_id)
        left join keten k using (bijdrage_regel_id)
        where r.maand <= $1 and r.bijdrage_regel_id <= $2 and r.geschreven_op <= $3
            and ($4::uuid is null or r.huishouden_id > $4)
            and not exists (select from overzicht_regel o where o.bijdrage_regel_id = r.bijdrage_regel_id)
        order by r.huishouden_id -- as they are read: a chunk is then a few pages that lie together
        """,
        what.maand,
        what.tot_regel,
        what.begonnen_op,
        what.tot_huishouden,
        timeout=LAY_READY_SECONDS_MAX,
    )
    await connection.execute("create index on klaar (huishouden_id); analyze klaar")


async def ready(connection: Connection, after: UUID | None, households: int) -> list[asyncpg.Record]:
    """The lines laid ready of the next households after this one, by household, month and versie."""
    return await connection.fetch(
        """
        select bijdrage_regel_id, huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, regel, wet, werk_id,
               reden, vanaf
        from klaar where huishouden_id > $1 and huishouden_id <= (
            select huishouden_id from (
                select distinct huishouden_id from klaar where huishouden_id > $1
                order by huishouden_id limit $2) volgende
            order by huishouden_id desc limit 1)
        order by huishouden_id, maand, versie
        """,
        after or NOBODY,
        households,
    )


async def add_to_chain(
    tx: Connection, maand: Month, after: UUID | None, last: UUID, stating: Sequence[UUID]
) -> None:
    """Link of these households the lines laid ready that are in no chain yet, by month and versie; then the statement of those `stating`."""
    await tx.execute(
        """
        with nieuw as (
            select k.huishouden_id, k.bijdrage_regel_id, k.maand, k.versie, k.inhoud from klaar k
            where k.inhoud is not null and k.huishouden_id > $2 and k.huishouden_id <= $3
            union all
            select u.id, null, $1, null, gemaakt.inhoud from unnest($4::uuid[]) u(id) cross join lateral (
                select keten_overzicht(o) as inhoud from overzicht o
                where o.huishouden_id = u.id and o.maand = $1 offset 0) gemaakt
        ), schakel as (
            insert into keten (huishouden_id, nummer, bijdrage_regel_id, maand, versie, hash)
            select huishouden_id, coalesce(vorige.nummer, 0) + row_number() over w, n.bijdrage_regel_id, n.maand,
                   n.versie, keten_hash(coalesce(vorige.hash, ''::bytea), n.inhoud) over w
            from nieuw n left join lateral (
                select nummer, hash from keten v where v.huishouden_id = n.huishouden_id order by nummer desc limit 1
            ) vorige on true
            window w as (partition by huishouden_id order by n.bijdrage_regel_id is null, n.maand, n.versie
                         rows unbounded preceding)
            returning huishouden_id, nummer
        )
        insert into keten_eind (huishouden_id, nummer, maand)
        select huishouden_id, max(nummer), $1 from schakel group by huishouden_id order by huishouden_id
        on conflict (huishouden_id) do update set nummer = excluded.nummer, maand = excluded.maand
        """,
        maand,
        after or NOBODY,
        last,
        stating,
    )


class Gemaakt(NamedTuple):
    """A statement as it is kept."""

    huishouden_id: UUID
    maand: Month
    gevraagd_cent: int
    inhoud: bytes


async def add_statements(tx: Connection, made: Sequence[Gemaakt], lines: Sequence[tuple[int, Month]]) -> None:
    """Keep statements, and which lines (by id) stand on which. The database refuses a line on a second one."""
    await tx.copy_records_to_table("overzicht", records=made, columns=Gemaakt._fields)
    await tx.copy_records_to_table(
        "overzicht_regel", records=lines, columns=("bijdrage_regel_id", "op_maand")
    )


async def hold(tx: Connection, lines: Sequence[tuple[int, UUID]]) -> None:
    """These lines (by id) are held by these items of the work list."""
    await tx.copy_records_to_table("vastgehouden", records=lines, columns=("bijdrage_regel_id", "werk_id"))


async def come_to(
    tx: Connection, maand: Month, last: UUID, owed: Sequence[int], asked: Sequence[int]
) -> None:
    """The closing has come to this household: what more households owe for the month, and statements ask, in cents each."""
    await tx.execute(
        "update maand set tot_huishouden = $2, huishoudens = huishoudens + $3, totaal_cent = totaal_cent + $4,"
        " overzichten = overzichten + $5, gevraagd_cent = gevraagd_cent + $6 where maand = $1",
        maand,
        last,
        len(owed),
        sum(owed),
        len(asked),
        sum(asked),
    )


async def close(tx: Connection, maand: Month, moment: datetime) -> Sluitend | None:
    """The month is closed; as it is now."""
    await tx.execute("update maand set gesloten_op = $2 where maand = $1", maand, moment)
    row = await tx.fetchrow(
        "select maand, begonnen_op, tot_regel, instellingen, tot_huishouden, huishoudens, totaal_cent,"
        " verteld_huishoudens, verteld_totaal_cent from maand where maand = $1",
        maand,
    )
    return Sluitend(*row) if row else None


class Verteld(NamedTuple):
    """A closing as it was told: when its cut was drawn; and where it was told to be closed, by what and with what."""

    maand: Month
    begonnen_op: datetime
    instellingen: str | None = None
    huishoudens: int | None = None
    totaal_cent: int | None = None


async def keep_told(tx: Connection, told: Collection[Verteld]) -> None:
    """Have these months be closed again as they were, where this database does not know that they were begun."""
    ordered = sorted(told, key=lambda one: (one.maand, one.instellingen or ""))
    await tx.executemany(
        """
        insert into maand as m (maand, begonnen_op, tot_regel, instellingen, verteld_huishoudens, verteld_totaal_cent)
        values ($1, $2, 0,
                coalesce($3, (select versie from instellingen order by sinds desc limit 1), 'onbekend'), $4, $5)
        on conflict (maand) do update set instellingen = coalesce($3, m.instellingen),
            verteld_huishoudens = coalesce($4, m.verteld_huishoudens),
            verteld_totaal_cent = coalesce($5, m.verteld_totaal_cent)
            where m.gesloten_op is null and m.begonnen_op = excluded.begonnen_op
        """,
        ordered,
    )


async def draw_told_cuts(tx: Connection, *, again: bool = False) -> None:
    """Of closings that were heard of, draw the cut after all lines there are: the moment of each says the rest.

    `again`: also of those that have one and have not come to any household.
    """
    await tx.execute(
        "update maand set tot_regel = (select coalesce(max(bijdrage_regel_id), 0) from bijdrage_regel)"
        " where gesloten_op is null and (tot_regel = 0 or $1 and tot_huishouden is null)",
        again,
    )


async def definitive_up_to(tx: Connection) -> Month | None:
    """The latest month that is definitive, and all before it; None where no month is."""
    found = await tx.fetchval("select max(maand) from maand")
    return None if found is None else Month(found)


async def listed(connection: Connection) -> list[asyncpg.Record]:
    """The months that were begun, in order."""
    return await connection.fetch(
        "select maand, begonnen_op, gesloten_op, instellingen, huishoudens, totaal_cent from maand order by maand"
    )


async def unclosed(connection: Connection, after: Month) -> dict[Month, tuple[int, int]]:
    """Of every later month how many households are charged, and for how much in cents, as the ledger is now."""
    rows = await connection.fetch(
        """
        select maand, count(*) filter (where totaal_cent > 0), sum(totaal_cent)::bigint
        from (select distinct on (maand, huishouden_id) maand, totaal_cent from bijdrage_regel where maand > $1
              order by maand, huishouden_id, versie desc) stand
        group by maand order by maand
        """,
        after,
    )
    return {Month(row[0]): (row[1], row[2]) for row in rows}


async def statement(connection: Connection, huishouden_id: UUID, maand: Month) -> bytes | None:
    """The statement of a household and month, as it was made."""
    found: bytes | None = await connection.fetchval(
        "select inhoud from overzicht where huishouden_id = $1 and maand = $2", huishouden_id, maand
    )
    return found


async def statements(connection: Connection, huishouden_id: UUID) -> list[asyncpg.Record]:
    """The statements of a household, in order."""
    return await connection.fetch(
        "select maand, gevraagd_cent from overzicht where huishouden_id = $1 order by maand", huishouden_id
    )
