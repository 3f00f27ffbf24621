"""SQL for what billing had told and its restored database does not know: taken back, and settled once it caught up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.billing.store.bijdrage import Line
from shared.db import Connection
from shared.messaging.delivery import Partition


class ToldVerdict(NamedTuple):
    """A verdict as a provider knows it."""

    aanbieder: str
    plaats: int
    versie: int
    oordeel: str
    code: str | None


async def keep_lines(tx: Connection, lines: Iterable[tuple[Line, datetime]]) -> None:
    """Keep the lines, each with when it was written, that the ledger does not have."""
    await tx.executemany(
        """
        insert into verteld_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel,
                                   wet, aanleiding, geschreven_op)
        select $1::uuid, $2::int, $3::bigint, $4, $5, $6, $7, $8, $9, $10, $11
        where not exists (select from bijdrage_regel where huishouden_id = $1 and maand = $2 and versie = $3)
            and not exists (select from verteld_regel where huishouden_id = $1 and maand = $2 and versie = $3)
        """,
        [(*line, moment) for line, moment in lines],
    )


async def take_back_lines(tx: Connection) -> None:
    """Put these lines into the ledger, where they follow from what it has, and take back what they make lapse of waivers.

    One that does not, because a later one was determined before this was heard, stays out: the later one counts. So
    does a month above a tariff that this database does not know yet: it is determined anew once it does. Of waivers
    nothing is told: where a line comes below what is waived, it lapses as the determination had it lapse.
    """
    await tx.execute(
        """
        with regels as (
            select v.*, coalesce(s.totaal_cent, 0) + sum(v.bedrag_cent) over w as som,
                least(coalesce(s.kwijt_cent, 0), min(v.totaal_cent) over (w rows between unbounded preceding and
                      1 preceding)) - v.totaal_cent as vervalt_cent
            from verteld_regel v
            left join lateral (
                select versie, totaal_cent, totaal_cent - coalesce(netto_cent, totaal_cent) as kwijt_cent
                from bijdrage_regel b
                where (b.huishouden_id, b.maand) = (v.huishouden_id, v.maand) order by versie desc limit 1
            ) s on true
            where v.versie > coalesce(s.versie, -1)
            window w as (partition by v.huishouden_id, v.maand order by v.versie)
        ), volgt as (
            select * from regels r
            where not exists (select from regels w left join tarief t using (maand)
                              where (w.huishouden_id, w.maand) = (r.huishouden_id, r.maand)
                                  and (w.som <> w.totaal_cent or w.totaal_cent > coalesce(t.bedrag_cent, 0)))
        )
        insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel,
                                    wet, aanleiding, geschreven_op)
        select huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel, wet, aanleiding,
               geschreven_op
        from volgt
        union all
        select huishouden_id, maand, versie + 1, 'kwijtschelding', vervalt_cent, totaal_cent, bijdrage_id, regel,
               (select wet from bijdrage_regel b where (b.huishouden_id, b.maand) = (v.huishouden_id, v.maand)
                and soort = 'kwijtschelding' order by versie desc limit 1), aanleiding, geschreven_op
        from volgt v where vervalt_cent > 0
        order by huishouden_id, maand, versie
        on conflict do nothing
        """
    )


async def keep_verdicts(tx: Connection, told: Sequence[ToldVerdict]) -> None:
    """Keep the verdicts that the database does not know, or has older; of each record the last."""
    await tx.execute(
        """
        insert into verteld_oordeel as v (aanbieder, plaats, versie, oordeel, code)
        select distinct on (u.aanbieder, u.plaats) u.*
        from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
            u(aanbieder, plaats, versie, oordeel, code)
        left join oordeel o on o.aanbieder = u.aanbieder and o.plaats = u.plaats
        left join gebruik g on g.aanbieder = u.aanbieder and g.plaats = u.plaats
        where u.versie > coalesce(o.versie, g.versie, -1)
        order by u.aanbieder, u.plaats, u.versie desc
        on conflict (aanbieder, plaats) do update
            set versie = excluded.versie, oordeel = excluded.oordeel, code = excluded.code
            where v.versie < excluded.versie
        """,
        *([verdict[column] for verdict in told] for column in range(len(ToldVerdict._fields))),
    )


async def catch_up_to(tx: Connection, ends: Mapping[Partition, int]) -> bool:
    """Wait with what was heard until all before these ends is handled; False where nothing was heard that is new."""
    return bool(
        await tx.fetchval(
            """
            with nieuw as (
                insert into inhalen (topic, partition, tot)
                select * from unnest($1::text[], $2::int[], $3::bigint[])
                where exists (select from verteld_regel) or exists (select from verteld_oordeel)
                    or exists (select from inning i where i.bestand is not null
                               and not exists (select from cak_bestand b where b.nummer = i.bestand))
                on conflict (topic, partition) do update set tot = greatest(inhalen.tot, excluded.tot)
                returning 1
            )
            select exists (select from nieuw)
            """,
            [partition.topic for partition in ends],
            [partition.number for partition in ends],
            list(ends.values()),
        )
    )


async def is_catching_up(connection: Connection) -> bool:
    """Whether what was there when the database was restored has yet to be handled."""
    return bool(
        await connection.fetchval(
            "select exists (select from inhalen i left join position p on p.topic = i.topic"
            " and p.partition = i.partition where coalesce(p.next, 0) < i.tot)"
        )
    )


async def has_to_settle(connection: Connection) -> bool:
    """Whether anything that was heard waits to be settled."""
    return bool(await connection.fetchval("select exists (select from inhalen)"))


async def settle(tx: Connection) -> dict[str, list[int]]:
    """Give each verdict that was told under a higher versie that versie, or a higher one where it says something else.

    The places of those that must be told again, by provider.
    """
    rows = await tx.fetch(
        """
        with anders as (
            select v.aanbieder, v.plaats, o.plaats is not null as bewaard,
                   (coalesce(o.oordeel, 'geaccepteerd'), o.code) is distinct from (v.oordeel, v.code) as herzien, v.versie
            from verteld_oordeel v
            left join oordeel o on o.aanbieder = v.aanbieder and o.plaats = v.plaats
            left join gebruik g on g.aanbieder = v.aanbieder and g.plaats = v.plaats
            where v.versie >= coalesce(o.versie, g.versie)
        ), oordelen as (
            update oordeel o set versie = a.versie + a.herzien::int from anders a
            where o.aanbieder = a.aanbieder and o.plaats = a.plaats
        ), gebruiken as (
            update gebruik g set versie = a.versie + a.herzien::int from anders a
            where g.aanbieder = a.aanbieder and g.plaats = a.plaats and not a.bewaard
        )
        select aanbieder, plaats from anders where herzien order by aanbieder, plaats
        """
    )
    for table in ("delete from verteld_oordeel", "delete from verteld_regel", "delete from inhalen"):
        await tx.execute(table)
    places: dict[str, list[int]] = {}
    for aanbieder, plaats in rows:
        places.setdefault(aanbieder, []).append(plaats)
    return places
