"""SQL for the facts of other owners, and for marking whom a change touches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from services.billing.domain import vertaling
from services.billing.domain.toewijzing import Toewijzing, Versie
from shared.contracts.event import AnyEvent, parse, to_wire
from shared.db import Connection

FACTS_LOCK = 0x66656974
Event = Mapping[str, Any]
Id = TypeVar("Id")
Cause: TypeAlias = tuple[Id, str | None]
"""Whom or what an event touches, and the id of that event; None where nobody said it (an erasure, a new month)."""


async def lock_facts(tx: Connection) -> None:
    """Keep uses from being judged while the facts they are judged by change."""
    await tx.execute("select pg_advisory_xact_lock($1)", FACTS_LOCK)


async def lock_facts_shared(tx: Connection) -> None:
    """Keep facts from changing while uses are judged by them."""
    await tx.execute("select pg_advisory_xact_lock_shared($1)", FACTS_LOCK)


async def _events(tx: Connection, query: str, ids: Collection[UUID]) -> dict[UUID, AnyEvent]:
    return {row[0]: parse(row[1]) for row in await tx.fetch(query, list(ids))}


async def clienten(tx: Connection, ids: Collection[UUID]) -> dict[UUID, AnyEvent]:
    """What is known of these clients."""
    return await _events(tx, "select client_id, event from client where client_id = any($1)", ids)


async def huishoudens(tx: Connection, ids: Collection[UUID]) -> dict[UUID, AnyEvent]:
    """What is known of these households."""
    return await _events(tx, "select huishouden_id, event from huishouden where huishouden_id = any($1)", ids)


async def vrijstellingen(tx: Connection, ids: Collection[UUID]) -> dict[UUID, AnyEvent]:
    """What is known of these exemptions."""
    return await _events(
        tx, "select vrijstelling_id, event from vrijstelling where vrijstelling_id = any($1)", ids
    )


async def replace_clienten(tx: Connection, ids: Collection[UUID], events: Iterable[Event]) -> None:
    """Forget these clients, and know them by `events` instead."""
    await tx.execute("delete from client where client_id = any($1)", list(ids))
    await _copy(
        tx,
        "client",
        "client_id event uitgeschreven_per opgegaan_in",
        [
            (d["client_id"], to_wire(event).decode(), d.get("uitgeschreven_per"), d.get("opgegaan_in"))
            for event in events
            for d in (event["data"],)
        ],
    )


async def replace_huishoudens(tx: Connection, ids: Collection[UUID], events: Sequence[Event]) -> None:
    """Forget these households, and know them by `events` instead."""
    await tx.execute("delete from huishouden where huishouden_id = any($1)", list(ids))
    rows = [(event["data"]["huishouden_id"], to_wire(event).decode()) for event in events]
    await _copy(tx, "huishouden", "huishouden_id event", rows)
    leden = [lid for event in events for lid in vertaling.lidmaatschappen(event["data"])]
    named = [(lid.huishouden_id, lid.client_id, lid.van, lid.tot) for lid in leden]
    await _copy(tx, "lid", "huishouden_id client_id van tot", named)


async def replace_vrijstellingen(tx: Connection, ids: Collection[UUID], events: Iterable[Event]) -> None:
    """Forget these exemptions, and know them by `events` instead."""
    await tx.execute("delete from vrijstelling where vrijstelling_id = any($1)", list(ids))
    await _copy(
        tx,
        "vrijstelling",
        "vrijstelling_id event huishouden_id client_id voor_huishouden telt_voor_kostprijs van_maand tot_maand vervallen",
        [
            (
                event["data"]["vrijstelling_id"],
                to_wire(event).decode(),
                vrij.huishouden_id,
                vrij.client_id,
                vrij.voor_huishouden,
                vrij.telt_voor_kostprijs,
                vrij.van_maand,
                vrij.tot_maand,
                event["data"]["vervallen"],
            )
            for event in events
            for vrij in (vertaling.vrijstelling(event["data"]),)
        ],
    )


async def _copy(tx: Connection, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """All rows at once; of each these columns, for a later version may have more."""
    await tx.copy_records_to_table(table, records=rows, columns=columns.split())


async def households_of(tx: Connection, client_ids: Collection[UUID]) -> set[UUID]:
    """Every household that names one of these clients in any period."""
    rows = await tx.fetch(
        "select distinct huishouden_id from lid where client_id = any($1)", list(client_ids)
    )
    return {row["huishouden_id"] for row in rows}


async def merged_with(tx: Connection, client_ids: Collection[UUID]) -> set[UUID]:
    """These clients and all that are, by mergers in either direction, one person with them."""
    return {client_id for client_id, _ in await one_with(tx, [(client_id, None) for client_id in client_ids])}


async def one_with(tx: Connection, clienten: Iterable[Cause[UUID]]) -> set[Cause[UUID]]:
    """These clients and all that are one person with them, each with the cause of whom it was found by."""
    rows = await tx.fetch(
        """
        with recursive zelfde(client_id, aanleiding) as (
            select * from unnest($1::uuid[], $2::text[])
            union
            select case when c.client_id = z.client_id then c.opgegaan_in else c.client_id end, z.aanleiding
            from zelfde z join client c
              on c.opgegaan_in is not null and z.client_id in (c.client_id, c.opgegaan_in)
        )
        select client_id, aanleiding from zelfde
        """,
        *_columns(clienten),
    )
    return {(row[0], row[1]) for row in rows}


async def named_by(tx: Connection, huishoudens: Iterable[Cause[UUID]]) -> set[Cause[UUID]]:
    """Every client whom these households name in any period, each with the same cause."""
    rows = await tx.fetch(
        "select distinct l.client_id, u.aanleiding from lid l"
        " join unnest($1::uuid[], $2::text[]) u(huishouden_id, aanleiding) using (huishouden_id)",
        *_columns(huishoudens),
    )
    return {(row[0], row[1]) for row in rows}


async def mark(tx: Connection, huishoudens: Iterable[Cause[UUID]]) -> None:
    """Have these households determined again, each because of an event."""
    ids, events = _columns(huishoudens)
    if ids:
        await tx.execute(
            "insert into vuil (huishouden_id, aanleiding) select * from unnest($1::uuid[], $2::text[])",
            ids,
            events,
        )


async def mark_clienten(tx: Connection, clienten: Collection[Cause[UUID]]) -> None:
    """Have every household determined again in which the care of these clients may count; whom none names, by himself."""
    if clienten:
        await tx.execute(
            "insert into vuil (client_id, aanleiding) select * from unnest($1::uuid[], $2::text[])",
            *_columns(clienten),
        )


async def mark_toewijzingen(tx: Connection, toewijzingen: Collection[Cause[int]]) -> None:
    """Have every household determined again in which the care of these toewijzingen may count."""
    if toewijzingen:
        await tx.execute(
            "insert into vuil (client_id, aanleiding) select distinct v.client_id, u.aanleiding from toewijzing_versie v"
            " join unnest($1::int[], $2::text[]) u(nummer, aanleiding) using (nummer) where v.huidig",
            *_columns(toewijzingen),
        )


def _columns(causes: Iterable[Cause[Any]]) -> tuple[list[Any], list[str | None]]:
    ordered = sorted(causes, key=lambda cause: (cause[0], cause[1] or ""))
    return [cause[0] for cause in ordered], [cause[1] for cause in ordered]


async def add_versies(tx: Connection, feit_versies: Iterable[tuple[str, Versie]]) -> None:
    """Know what was said of toewijzingen, each with the natural key of the event that said it."""
    rows = [(feit, *(getattr(versie, name) for name in Versie.__slots__)) for feit, versie in feit_versies]
    await tx.execute(
        """
        insert into toewijzing_versie (feit, nummer, toegewezen_op, time, source, event_id, inhoud, verwijderd, client_id,
                                       aanbieder, categorie, productcode, ingangsdatum, einddatum, leveringsvorm,
                                       kostprijs_cent, traceparent)
        select * from unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[],
                             $7::text[], $8::bool[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::date[],
                             $14::date[], $15::text[], $16::bigint[], $17::text[])
        on conflict do nothing
        """,
        *([row[column] for row in rows] for column in range(len(Versie.__slots__) + 1)),
    )


async def nummers_of(tx: Connection, feiten: Collection[str]) -> set[int]:
    """The toewijzingen of which these events said something."""
    rows = await tx.fetch("select distinct nummer from toewijzing_versie where feit = any($1)", list(feiten))
    return {row["nummer"] for row in rows}


async def clienten_of(tx: Connection, feiten: Collection[str]) -> set[UUID]:
    """Whom what these events said of toewijzingen is about."""
    rows = await tx.fetch(
        "select distinct client_id from toewijzing_versie where feit = any($1)", list(feiten)
    )
    return {row["client_id"] for row in rows}


async def erase_versies(tx: Connection, feiten: Collection[str]) -> None:
    """Forget what these events said of toewijzingen."""
    await tx.execute("delete from toewijzing_versie where feit = any($1)", list(feiten))


async def versies(tx: Connection, nummers: Collection[int]) -> list[Versie]:
    """Everything that was said of these toewijzingen."""
    rows = await tx.fetch(
        "select nummer, toegewezen_op, time, source, event_id, inhoud, verwijderd, client_id, aanbieder, categorie,"
        " productcode, ingangsdatum, einddatum, leveringsvorm, kostprijs_cent, traceparent"
        " from toewijzing_versie where nummer = any($1)",
        list(nummers),
    )
    return [Versie(**dict(row)) for row in rows]


async def traceparents(tx: Connection, nummers: Collection[int]) -> dict[int, str]:
    """Of these toewijzingen the traces of the meldingen they go back to; without those of which that is not known."""
    rows = await tx.fetch(
        "select nummer, traceparent from toewijzing_versie"
        " where nummer = any($1) and huidig and traceparent is not null",
        list(nummers),
    )
    return {row["nummer"]: row["traceparent"] for row in rows}


async def settle(tx: Connection, toewijzingen: Iterable[Toewijzing]) -> None:
    """Note which version of each is current, and in which a use may fit."""
    settled = list(toewijzingen)
    await tx.execute(
        "update toewijzing_versie set geldt = false, huidig = false where nummer = any($1) and (geldt or huidig)",
        [t.huidig.nummer for t in settled],
    )
    chosen = [
        (huidig, v)
        for t in settled
        for huidig, some in ((True, (t.huidig,)), (False, t.versies))
        for v in some
    ]
    await tx.execute(
        """
        update toewijzing_versie v set geldt = u.geldt, huidig = u.huidig
        from (select nummer, op, source, event_id, time, inhoud, bool_or(not huidig) as geldt, bool_or(huidig) as huidig
              from unnest($1::bool[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
                  w(huidig, nummer, op, source, event_id, time, inhoud)
              group by nummer, op, source, event_id, time, inhoud) u
        where (v.nummer, v.toegewezen_op, v.source, v.event_id, v.time) = (u.nummer, u.op, u.source, u.event_id, u.time)
            and v.inhoud = u.inhoud
        """,
        [huidig for huidig, _ in chosen],
        *(
            [getattr(v, name) for _, v in chosen]
            for name in ("nummer", "toegewezen_op", "source", "event_id", "time", "inhoud")
        ),
    )
