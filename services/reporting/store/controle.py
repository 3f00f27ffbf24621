"""SQL that looks through all of reporting, for who checks it."""

from shared.controle import Figures
from shared.db import Connection


async def figures(connection: Connection) -> Figures:
    """What reporting has counted."""
    row = await connection.fetchrow(
        """
        select (select count(*) from oordeel o where not o.intrekking and o.referentienummer <> '' and not exists (
                    select from oordeel i where i.aanbieder = o.aanbieder and i.referentienummer = o.referentienummer
                    and i.referentienummer <> '' and i.intrekking)),
               (select coalesce(sum(aantal), 0) from gebruik_maand)::bigint,
               count(*) filter (where totaal_cent > 0), coalesce(sum(totaal_cent), 0)::bigint
        from bijdrage
        """
    )
    return Figures(*row) if row else Figures(0, 0, 0, 0)
