"""SQL for the facts of intake: clients, and what they applied for."""

from collections.abc import Collection, Iterable
from uuid import UUID

import asyncpg

from services.indicatie.domain import Aanvraag
from shared.contracts.event import AnyEvent, parse, to_wire
from shared.db import Connection


async def clienten(tx: Connection, ids: Collection[UUID]) -> dict[UUID, AnyEvent]:
    """What is known of these clients."""
    rows = await tx.fetch("select client_id, event from client where client_id = any($1)", list(ids))
    return {row[0]: parse(row[1]) for row in rows}


async def put_clienten(tx: Connection, events: Iterable[AnyEvent]) -> None:
    """Know these clients by these events."""
    await tx.executemany(
        "insert into client (client_id, event) values ($1, $2)"
        " on conflict (client_id) do update set event = excluded.event",
        [(event["data"]["client_id"], to_wire(event).decode()) for event in events],
    )


async def erase_clienten(tx: Connection, ids: Collection[UUID]) -> None:
    """Forget these clients, and every text about them; decisions and numbers stay."""
    await tx.execute("delete from client where client_id = any($1)", list(ids))
    await tx.execute(
        "update plan_versie v set wording = null from plan p"
        " where p.plan_id = v.plan_id and p.client_id = any($1)",
        list(ids),
    )


async def aanvragen(tx: Connection, ids: Collection[str]) -> dict[str, AnyEvent]:
    """What is known of these aanvragen."""
    rows = await tx.fetch("select aanvraag_id, event from aanvraag where aanvraag_id = any($1)", list(ids))
    return {row[0]: parse(row[1]) for row in rows}


async def put_aanvragen(tx: Connection, events: Iterable[AnyEvent]) -> None:
    """Know these aanvragen by these events."""
    await tx.executemany(
        "insert into aanvraag (aanvraag_id, client_id, datum, uiterlijk, event) values ($1, $2, $3, $4, $5)"
        " on conflict (aanvraag_id) do update set client_id = excluded.client_id, datum = excluded.datum,"
        " uiterlijk = excluded.uiterlijk, event = excluded.event",
        [
            (d["aanvraag_id"], d["client_id"], d["datum"], d["uiterlijk"], to_wire(event).decode())
            for event in events
            for d in (event["data"],)
        ],
    )


async def erase_aanvragen(tx: Connection, ids: Collection[str]) -> None:
    """Forget these aanvragen; what was decided on them stays."""
    await tx.execute("delete from aanvraag where aanvraag_id = any($1)", list(ids))


async def hold_aanvraag(tx: Connection, aanvraag_id: str) -> Aanvraag | None:
    """An aanvraag of a client who is known, neither of which is erased before this transaction ends."""
    row = await tx.fetchrow(
        """
        select a.aanvraag_id, a.client_id, a.datum, a.uiterlijk, b.besluit, a.event ->> 'traceparent' as traceparent
        from aanvraag a join client c using (client_id) left join beschikking b using (aanvraag_id)
        where a.aanvraag_id = $1 for key share of a, c
        """,
        aanvraag_id,
    )
    return Aanvraag(**row) if row else None


async def find_aanvraag(connection: Connection, aanvraag_id: str) -> asyncpg.Record | None:
    """One aanvraag of a client who is known, and what was decided on it."""
    return await connection.fetchrow(
        """
        select a.aanvraag_id, a.event -> 'data' as aanvraag, b.besluit, b.beschikking_nummer
        from aanvraag a join client c using (client_id) left join beschikking b using (aanvraag_id)
        where a.aanvraag_id = $1
        """,
        aanvraag_id,
    )


async def list_aanvragen(
    connection: Connection, *, only_open: bool, after: str, limit: int
) -> list[asyncpg.Record]:
    """Aanvragen of clients who are known, by id after `after`; all, or those that wait for a decision."""
    return await connection.fetch(
        """
        select a.aanvraag_id, a.event -> 'data' as aanvraag, b.besluit, b.beschikking_nummer
        from aanvraag a join client c using (client_id) left join beschikking b using (aanvraag_id)
        where a.aanvraag_id > $1 and (b.aanvraag_id is null or not $2) order by a.aanvraag_id limit $3
        """,
        after,
        only_open,
        limit,
    )
