"""SQL for what is counted."""

from shared.db import Connection


async def counts(connection: Connection) -> dict[str, int]:
    """How much there is of everything; toewijzingen that were removed and not given again are left out."""
    row = await connection.fetchrow(
        """
        select (select count(*) from aanvraag) as aanvragen,
               count(*) as indicaties,
               count(*) filter (where besluit <> 'afgewezen') as toegekend,
               count(*) filter (where besluit = 'afgewezen') as afgewezen,
               (select count(*) from (
                    select distinct on (nummer) reden from toewijzing_versie order by nummer, toegewezen_op desc
                ) huidig where reden is distinct from '13') as toewijzingen,
               (select count(*) from plan) as plannen,
               (select count(*) from (
                    select distinct on (plan_id) akkoord_client from plan_versie order by plan_id, versie desc
                ) huidig where akkoord_client) as "plannenAkkoord"
        from beschikking
        """
    )
    return dict(row) if row else {}


async def waiting(connection: Connection) -> dict[str, int]:
    """What waits in indicatie: aanvragen of clients of whom intake has told nothing yet."""
    parked = await connection.fetchval(
        "select count(*) from aanvraag a where not exists (select from client c where c.client_id = a.client_id)"
    )
    return {"vuileHuishoudens": 0, "teSluitenMaanden": 0, "geparkeerd": parked, "onverzonden": 0}
