"""SQL for the settings: which were ever in force, the tariffs by which the database guards, and whom they touch."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shared.db import Connection
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


async def closed_with(_tx: Connection) -> list[tuple[Month, str]]:
    """By which settings (as JSON) definitive months were closed: of each the last of its months. No month closes yet."""
    return []


async def set_tarief(tx: Connection, tarief_cent: Mapping[Month, int], after: Month) -> None:
    """These are the tariffs of the months after this one, and no others."""
    await tx.execute("delete from tarief where maand > $1", after)
    await tx.execute(
        "insert into tarief (maand, bedrag_cent) select * from unnest($1::int[], $2::int[]) t (maand) where maand > $3",
        list(tarief_cent),
        list(tarief_cent.values()),
        after,
    )


async def tarief(connection: Connection) -> dict[Month, int]:
    """The tariff in cents of every month that has one: of a definitive month that by which it was closed."""
    rows = await connection.fetch("select maand, bedrag_cent from tarief")
    return {Month(row["maand"]): row["bedrag_cent"] for row in rows}


async def mark_all(tx: Connection) -> None:
    """Have every household determined again; no event causes it."""
    await tx.execute(
        "insert into vuil (huishouden_id) select huishouden_id from lid union select huishouden_id from bijdrage_regel"
    )
