"""SQL for what indicatie's own topic holds and its database lacks: decisions and what became of them are taken back.

Of plans the words were never told: those a person must write again.
"""

from collections.abc import Sequence

from shared.db import Connection
from shared.messaging.lacking import Fact


async def lacks(connection: Connection, facts: Sequence[Fact]) -> set[int]:
    """The places in `facts` of those that the database does not have, or has older."""
    rows = await connection.fetch(
        """
        select u.place - 1 as place
        from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) with ordinality u(name, one, two, versie, place)
        where not case name
            when 'indicatie-afgegeven' then exists (select from beschikking where beschikking_nummer = one)
            when 'toewijzing-gewijzigd' then exists
                (select from toewijzing_versie where nummer = one::int and toegewezen_op = two::timestamptz)
            when 'plan-vastgesteld' then exists
                (select from plan_versie v where v.plan_id = one::uuid and v.versie >= u.versie)
            when 'plan-geevalueerd' then exists (select from evaluatie where evaluatie_id = one::uuid)
            else true end
        """,
        [fact.name for fact in facts],
        [fact.parts[0] for fact in facts],
        [fact.parts[-1] for fact in facts],
        [fact.versie for fact in facts],
    )
    return {row["place"] for row in rows}


async def take_back(tx: Connection, source: str) -> None:
    """Make of the events of `source` in `lacking` the decisions, toewijzingen, changes and evaluations they tell.

    A decision on an aanvraag that was decided on otherwise stays out, and so does what others published: the numbers
    of their toewijzingen are given all the same.
    """
    await _take_back_beschikkingen(tx, source)
    await _take_back_versies(tx, source)
    await tx.execute(
        """
        insert into evaluatie (evaluatie_id, plan_id, datum, behaald)
        select d.* from lacking l, jsonb_to_record(l.event -> 'data') d("evaluatieId" uuid, "planId" uuid, datum date,
            behaald jsonb)
        where l.name = 'plan-geevalueerd' and l.source = $1
            and exists (select from plan p where p.plan_id = d."planId")
        on conflict do nothing
        """,
        source,
    )


async def _take_back_beschikkingen(tx: Connection, source: str) -> None:
    await tx.execute(
        """
        insert into beschikking (beschikking_nummer, aanvraag_id, client_id, besluit, besluitdatum, uiterlijk)
        select d.* from lacking l, jsonb_to_record(l.event -> 'data') d("beschikkingNummer" text, "aanvraagId" text,
            "clientId" uuid, besluit text, besluitdatum date, uiterlijk date)
        where l.name = 'indicatie-afgegeven' and l.source = $1 order by l.id
        on conflict do nothing
        """,
        source,
    )
    await tx.execute(
        """
        insert into toewijzing (nummer, beschikking_nummer)
        select (t ->> 'toewijzingNummer')::int, b.beschikking_nummer
        from lacking l cross join jsonb_array_elements(l.event -> 'data' -> 'toewijzingen') t
        left join beschikking b on (b.beschikking_nummer, b.aanvraag_id)
            = (l.event -> 'data' ->> 'beschikkingNummer', l.event -> 'data' ->> 'aanvraagId')
        where l.name = 'indicatie-afgegeven'
        union all
        select (l.event -> 'data' -> 'toewijzing' ->> 'toewijzingNummer')::int, null
        from lacking l where l.name = 'toewijzing-gewijzigd'
        on conflict do nothing
        """
    )


async def _take_back_versies(tx: Connection, source: str) -> None:
    """The states of toewijzingen: as decisions gave them, and as changes made them."""
    await tx.execute(
        """
        insert into toewijzing_versie (nummer, toegewezen_op, reden, toewijzing)
        select s.nummer, (s.toewijzing ->> 'toegewezenOp')::timestamptz, s.reden, s.toewijzing
        from (
            select (t ->> 'toewijzingNummer')::int as nummer, null as reden, t as toewijzing,
                   l.event -> 'data' ->> 'beschikkingNummer' as beschikking_nummer
            from lacking l cross join jsonb_array_elements(l.event -> 'data' -> 'toewijzingen') t
            where l.name = 'indicatie-afgegeven' and l.source = $1
            union all
            select (t ->> 'toewijzingNummer')::int, l.event -> 'data' ->> 'reden', t, null
            from lacking l cross join lateral (select l.event -> 'data' -> 'toewijzing') s(t)
            where l.name = 'toewijzing-gewijzigd' and l.source = $1
        ) s
        join toewijzing t on t.nummer = s.nummer
            and t.beschikking_nummer = coalesce(s.beschikking_nummer, t.beschikking_nummer)
        on conflict do nothing
        """,
        source,
    )
