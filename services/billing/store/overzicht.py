"""SQL for what the statements of households asked before."""

from collections.abc import Collection
from uuid import UUID

from shared.db import Connection
from shared.kalender import Month


async def ever_asked(tx: Connection, months: Collection[tuple[UUID, Month]]) -> frozenset[tuple[UUID, Month]]:
    """Of these households and months those for which some statement asked something."""
    if not months:
        return frozenset()
    rows = await tx.fetch(
        """
        select distinct r.huishouden_id, r.maand
        from unnest($1::uuid[], $2::int[]) u(huishouden_id, maand)
        join bijdrage_regel r using (huishouden_id, maand) join overzicht_regel o using (bijdrage_regel_id)
        group by r.huishouden_id, r.maand, o.op_maand having sum(r.bedrag_cent) > 0
        """,
        [one for one, _ in months],
        [month for _, month in months],
    )
    return frozenset((row[0], Month(row[1])) for row in rows)


async def asked_on(
    tx: Connection, huishoudens: Collection[UUID], overzichten: Collection[Month]
) -> list[tuple[UUID, Month, Month]]:
    """For which months these statements of these households asked something that no person let go: with the statement's."""
    if not overzichten:
        return []
    rows = await tx.fetch(
        """
        select r.huishouden_id, r.maand, o.op_maand
        from bijdrage_regel r join overzicht_regel o using (bijdrage_regel_id)
        left join vastgehouden v using (bijdrage_regel_id)
        where r.huishouden_id = any($1) and o.op_maand = any($2)
        group by r.huishouden_id, r.maand, o.op_maand having sum(r.bedrag_cent) > 0 and count(v.werk_id) = 0
        """,
        list(huishoudens),
        list(overzichten),
    )
    return [(row[0], Month(row[1]), Month(row[2])) for row in rows]
