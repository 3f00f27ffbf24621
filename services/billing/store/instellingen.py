"""SQL for the settings: which were ever in force, the tariffs by which the database guards, and whom they touch."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.billing.domain.proef import Woonperiode
from shared.db import Connection
from shared.gemeente import WijkId
from shared.kalender import Month


class Held(NamedTuple):
    """Settings as they were put in force; `geldt`: none were after them."""

    content: Any
    sinds: datetime
    geldt: bool


async def held(tx: Connection, versie: str | None = None) -> Held | None:
    """The settings of this versie, or those in force; None where there are none."""
    row = await tx.fetchrow(
        "select inhoud, sinds, sinds = (select max(sinds) from instellingen) as geldt from instellingen"
        " where versie = $1 or $1::text is null order by sinds desc limit 1",
        versie,
    )
    return None if row is None else Held(json.loads(row["inhoud"]), row["sinds"], row["geldt"])


async def enter(tx: Connection, versie: str, content: Mapping[str, Any], moment: datetime) -> None:
    """Put these settings in force, after all that were before, whatever the clock says."""
    await tx.execute(
        "insert into instellingen (versie, inhoud, sinds) select $1, $2,"
        " greatest($3, max(sinds) + interval '1 microsecond') from instellingen",
        versie,
        json.dumps(content),
        moment,
    )


async def closed_with(tx: Connection) -> list[tuple[Month, str]]:
    """By which settings (as JSON) months became definitive: of each the last of its months, the first of all first."""
    rows = await tx.fetch(
        "select max(m.maand), i.inhoud::text from maand m join instellingen i on i.versie = m.instellingen"
        " group by i.versie order by 1"
    )
    return [(Month(row[0]), row[1]) for row in rows]


async def set_tarief(tx: Connection, tarief_cent: Mapping[Month, int], after: Month) -> None:
    """These are the tariffs of the months after this one, and no others; of those before it that have none, the first."""
    await tx.execute("delete from tarief where maand > $1", after)
    await tx.execute(
        "insert into tarief (maand, bedrag_cent) select * from unnest($1::int[], $2::int[]) on conflict do nothing",
        list(tarief_cent),
        list(tarief_cent.values()),
    )


async def tarief(connection: Connection) -> dict[Month, int]:
    """The tariff in cents of every month that has one: of a definitive month that by which it was closed, or else its first."""
    rows = await connection.fetch("select maand, bedrag_cent from tarief")
    return {Month(row["maand"]): row["bedrag_cent"] for row in rows}


async def mark_all(tx: Connection) -> None:
    """Have every household determined again, and whoever has care and is in none; no event causes it."""
    await tx.execute(
        "insert into vuil (huishouden_id) select huishouden_id from lid union select huishouden_id from bijdrage_regel"
    )
    await tx.execute(
        "insert into vuil (client_id) select distinct v.client_id from toewijzing_versie v"
        " where v.huidig and not exists (select from lid l where l.client_id = v.client_id)"
    )


async def households(connection: Connection, after: UUID | None, limit: int) -> list[UUID]:
    """Households that are known or in the ledger, by id, after one of them."""
    rows = await connection.fetch(
        """
        (select huishouden_id from huishouden where $1::uuid is null or huishouden_id > $1 order by 1 limit $2)
        union
        (select distinct huishouden_id from bijdrage_regel where $1::uuid is null or huishouden_id > $1 order by 1 limit $2)
        order by 1 limit $2
        """,
        after,
        limit,
    )
    return [row[0] for row in rows]


async def count_households(connection: Connection) -> int:
    """How many households are known."""
    return int(await connection.fetchval("select count(*) from huishouden"))


async def woonperioden(connection: Connection, client_ids: Collection[UUID]) -> list[Woonperiode]:
    """Where these clients live, the latest first."""
    rows = await connection.fetch(
        """
        select client_id, (p ->> 'van')::date, (p ->> 'tot')::date, (p -> 'wijk' ->> 'jaar')::int, p -> 'wijk' ->> 'code'
        from client cross join jsonb_array_elements(event -> 'data' -> 'perioden') p
        where client_id = any($1) order by client_id, 2 desc
        """,
        list(client_ids),
    )
    return [Woonperiode(row[0], row[1], row[2], WijkId(row[3], row[4])) for row in rows]
