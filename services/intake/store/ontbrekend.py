"""SQL for what intake's own topic holds and its database lacks: nothing of it can be taken back, for it names nobody."""

from collections.abc import Sequence

from shared.db import Connection
from shared.messaging.lacking import Fact


async def lacks(connection: Connection, facts: Sequence[Fact]) -> set[int]:
    """The places in `facts` of those that the database does not have, or has older."""
    rows = await connection.fetch(
        """
        select u.place - 1 as place
        from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality u(name, id, versie, place)
        cross join lateral (select case when pg_input_is_valid(u.id, 'uuid') then u.id::uuid end) i(id)
        where not case name
            when 'client-vastgesteld' then exists
                (select from client c where c.client_id = i.id and c.versie >= u.versie)
            when 'huishouden-vastgesteld' then exists
                (select from huishouden h where h.huishouden_id = i.id and h.versie >= u.versie)
            when 'vrijstelling-vastgesteld' then exists
                (select from vrijstelling v where v.vrijstelling_id = i.id and v.versie >= u.versie)
            when 'klanthouder-toegewezen' then exists
                (select from klanthouderschap k where k.client_id = i.id and k.versie >= u.versie)
            when 'melding-ontvangen' then exists (select from melding m where m.melding_id = i.id)
            when 'onderzoek-afgerond' then exists (select from onderzoek o where o.melding_id = i.id)
            when 'aanvraag-ingediend' then exists (select from aanvraag a where a.aanvraag_id = i.id)
            else true end
        """,
        [fact.name for fact in facts],
        [fact.parts[0] for fact in facts],
        [fact.versie for fact in facts],
    )
    return {row["place"] for row in rows}
