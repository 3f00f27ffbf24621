"""SQL for the figures: derived from the facts at the question, so that a late fact changes the past rightly.

A merged client is followed to the end (`eindpunt`); only the end's own periods say in which wijk.
"""

from services.reporting.domain.cijfers import Elders, Overzicht, Telling, Waar, fold
from shared.db import Connection
from shared.gemeente import Gemeente, WijkId
from shared.kalender import Month


async def overzicht(tx: Connection, gemeente: Gemeente, van: Month, tot: Month) -> Overzicht:
    """The figures of these months, both included, in one view of the database."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):
        await tx.execute("set local work_mem = '64MB'")  # a year of a city is then sorted in memory
        counted = [
            telling
            for query in (_deelname, _oplossingen, _bijdragen)
            for telling in await query(tx, van, tot)
        ]
    return fold(gemeente, counted)


async def _deelname(tx: Connection, van: Month, tot: Month) -> list[Telling]:
    """Meldingen by the wijk on their day, uses by the wijk on the first of the month, and distinct clients of both.

    Clients are counted by wijk and month, by wijk, by month, and of all; the rest by wijk and month.
    """
    rows = await tx.fetch(
        """
        with deel as (
            select coalesce(e.eind_id, m.client_id) as client_id, m.datum as dag, m.maand, 1 as melding, 0 as gebruik
            from melding m left join eindpunt e using (client_id)
            where m.maand between $1 and $2
            union all
            select coalesce(e.eind_id, t.client_id), make_date(g.maand / 12, g.maand % 12 + 1, 1), g.maand, 0, g.aantal
            from gebruik_maand g
            left join toegewezen t on t.nummer = g.toewijzingnummer
            left join eindpunt e using (client_id)
            where g.aantal > 0 and g.maand between $1 and $2
        ), per_client as materialized (
            select d.client_id, w.jaar, w.code, d.maand, sum(d.melding) as meldingen, sum(d.gebruik) as gebruik
            from deel d
            left join woonperiode w on w.client_id = d.client_id and d.dag between w.van and w.tot
            group by d.client_id, w.jaar, w.code, d.maand
        )
        select false as overal, jaar, code, maand, sum(meldingen)::bigint as meldingen, sum(gebruik)::bigint as gebruik,
               count(client_id) as clienten
        from per_client group by jaar, code, maand
        union all
        select false, jaar, code, null, null, null, count(client_id)
        from (select distinct jaar, code, client_id from per_client) d group by jaar, code
        union all
        select true, null, null, maand, null, null, count(client_id)
        from (select distinct maand, client_id from per_client) d group by maand
        union all
        select true, null, null, null, null, null, count(client_id)
        from (select distinct client_id from per_client) d
        """,
        van,
        tot,
    )
    return [
        Telling(
            Elders.OVERAL if row["overal"] else _waar(row["jaar"], row["code"]), row["maand"], wat, row[wat]
        )
        for row in rows
        for wat in ("meldingen", "gebruik", "clienten")
        if row[wat]
    ]


async def _oplossingen(tx: Connection, van: Month, tot: Month) -> list[Telling]:
    """Needs by the rung that meets them, in the wijk and month of the melding."""
    rows = await tx.fetch(
        """
        select w.jaar, w.code, m.maand, o.oplossing as wat, sum(o.aantal)::bigint as aantal
        from oplossing o
        join melding m using (melding_id)
        left join eindpunt e using (client_id)
        left join woonperiode w
            on w.client_id = coalesce(e.eind_id, m.client_id) and m.datum between w.van and w.tot
        where m.maand between $1 and $2
        group by w.jaar, w.code, m.maand, o.oplossing
        """,
        van,
        tot,
    )
    return [Telling(_waar(row["jaar"], row["code"]), row["maand"], row["wat"], row["aantal"]) for row in rows]


async def _bijdragen(tx: Connection, van: Month, tot: Month) -> list[Telling]:
    """Huishoudens that owe something, and what, in the wijk of their lowest client who has one on the first.

    A client belongs to the huishouden whose period with the latest `van` (then lowest id) names him that day.
    """
    rows = await tx.fetch(
        """
        with van_client as materialized (
            select l.huishouden_id, coalesce(e.eind_id, l.client_id) as client_id, l.van, l.tot
            from lid l left join eindpunt e using (client_id)
        ), schuld as materialized (
            select huishouden_id, maand, make_date(maand / 12, maand % 12 + 1, 1) as dag, totaal_cent
            from bijdrage where maand between $1 and $2 and totaal_cent <> 0
        ), woont as (
            select distinct on (s.huishouden_id, s.maand) s.huishouden_id, s.maand, w.jaar, w.code
            from schuld s
            join van_client l on l.huishouden_id = s.huishouden_id and s.dag between l.van and l.tot
            join woonperiode w on w.client_id = l.client_id and s.dag between w.van and w.tot
            where not exists (
                select from van_client later
                where later.client_id = l.client_id and s.dag between later.van and later.tot
                  and (later.van > l.van or later.van = l.van and later.huishouden_id < l.huishouden_id)
            )
            order by s.huishouden_id, s.maand, l.client_id
        )
        select w.jaar, w.code, s.maand, count(*) filter (where s.totaal_cent > 0) as bijdragen,
               sum(s.totaal_cent)::bigint as "bijdragenCent"
        from schuld s left join woont w using (huishouden_id, maand)
        group by w.jaar, w.code, s.maand
        """,
        van,
        tot,
    )
    return [
        Telling(_waar(row["jaar"], row["code"]), row["maand"], wat, row[wat])
        for row in rows
        for wat in ("bijdragen", "bijdragenCent")
    ]


def _waar(jaar: int | None, code: str | None) -> Waar:
    return Elders.ONBEKEND if jaar is None or code is None else WijkId(jaar, code)


async def plannen(tx: Connection) -> int:
    """How many support plans are known."""
    return int(
        await tx.fetchval("select count(*) from feit where sleutel like 'nl.wijkzorg.plan-vastgesteld/%'")
    )


async def maanden(tx: Connection) -> tuple[Month, Month] | None:
    """The first and the last month in which anything is counted; None where there is none."""
    row = await tx.fetchrow(
        """
        select min(maand), max(maand) from (
            select min(maand) as maand from melding union all select max(maand) from melding
            union all select min(maand) from bijdrage union all select max(maand) from bijdrage
            union all select min(maand) from gebruik_maand union all select max(maand) from gebruik_maand
        ) alle
        """
    )
    return None if row is None or row[0] is None else (Month(row[0]), Month(row[1]))


async def waiting(_tx: Connection) -> dict[str, int]:
    """What waits in reporting beside what every service has: nothing, for it handles whatever comes at once."""
    return {"vuileHuishoudens": 0, "teSluitenMaanden": 0, "geparkeerd": 0, "onverzonden": 0}
