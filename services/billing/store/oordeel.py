"""SQL for verdicts: those that are not simply an accepted use, and what each provider has yet to be told."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import asyncpg

from services.billing.domain.oordeel import START, STOP, Melding, Uitspraak
from shared.contracts.event import parse, to_wire
from shared.db import Connection

OFFSET_MAX = 2**63 - 1
"""No record of a topic stands beyond it."""


class Verdict(NamedTuple):
    """A verdict to be kept: whose record, what is said of it, and what a later fact needs to judge it again.

    Without a `sleutel` the record is no fact: it has a fault in itself, and is never judged again.
    `vorige` is the versie of the verdict that stood with an accepted use in `gebruik`, if this revises that.
    """

    aanbieder: str
    uitspraak: Uitspraak
    event: Mapping[str, Any] | None = None
    sleutel: str | None = None
    vorige: int | None = None


async def put(tx: Connection, verdicts: Iterable[Verdict], versie: int) -> dict[str, list[int]]:
    """Keep verdicts; the places of those that revise an earlier one, by provider. The same again is left alone.

    `versie` is the clock's, in milliseconds; a revised verdict gets a higher one than it had in any case.
    """
    rows = {(verdict.aanbieder, verdict.uitspraak.plaats): _row(verdict, versie) for verdict in verdicts}
    if not rows:
        return {}
    written = await tx.fetch(
        """
        insert into oordeel as o (aanbieder, plaats, versie, type, oordeel, code, veld, uitleg, sleutel,
                                  toewijzingnummer, vorig_referentienummer, event)
        select u.aanbieder, u.plaats, greatest(u.versie, coalesce(u.vorige + 1, 0)), u.type, u.oordeel, u.code, u.veld,
               u.uitleg, u.sleutel, u.toewijzingnummer, u.vorig_referentienummer, u.event::jsonb
        from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::int[], $11::text[], $12::text[], $13::bigint[])
            u(aanbieder, plaats, versie, type, oordeel, code, veld, uitleg, sleutel, toewijzingnummer,
              vorig_referentienummer, event, vorige)
        on conflict (aanbieder, plaats) do update set
            versie = greatest(o.versie + 1, excluded.versie), oordeel = excluded.oordeel, code = excluded.code,
            veld = excluded.veld, uitleg = excluded.uitleg
            where (o.oordeel, o.code) is distinct from (excluded.oordeel, excluded.code)
        returning new.aanbieder, new.plaats, old.plaats is not null as herzien
        """,
        *[list(column) for column in zip(*rows.values(), strict=True)],
    )
    revised: dict[str, list[int]] = {}
    for aanbieder, plaats, herzien in written:
        if herzien or rows[aanbieder, plaats][-1] is not None:
            revised.setdefault(aanbieder, []).append(plaats)
    return revised


def _row(verdict: Verdict, versie: int) -> tuple[Any, ...]:
    uitspraak, event = verdict.uitspraak, verdict.event
    data = event["data"] if event else {}
    fault = uitspraak.fault
    kind = event["type"] if event else None
    is_melding = kind in (START, STOP) and verdict.sleutel is not None
    return (
        verdict.aanbieder,
        uitspraak.plaats,
        versie,
        kind,
        uitspraak.oordeel,
        fault and fault.code,
        fault and fault.veld,
        fault and fault.uitleg,
        verdict.sleutel,
        data["toewijzing_nummer"] if is_melding else None,
        data.get("vorig_referentie_nummer"),
        to_wire(event).decode() if event else None,
        verdict.vorige,
    )


async def claims(tx: Connection, sleutels: Collection[str]) -> dict[str, list[Melding]]:
    """The records that were judged before and claim these facts."""
    found: dict[str, list[Melding]] = {}
    rows = await tx.fetch(
        "select plaats, sleutel, event from oordeel where sleutel = any($1)", list(sleutels)
    )
    for row in rows:
        found.setdefault(row["sleutel"], []).append(Melding(row["plaats"], parse(row["event"])))
    return found


async def meldingen_of(tx: Connection, nummers: Collection[int]) -> list[asyncpg.Record]:
    """Every start and stop of these toewijzingen that is a fact (no double, no stolen id)."""
    return await tx.fetch(
        "select aanbieder, plaats, oordeel, code, toewijzingnummer, event from oordeel"
        " where toewijzingnummer = any($1) and oordeel <> 'dubbel' and code is distinct from 'id-in-gebruik'",
        list(nummers),
    )


async def waiting_withdrawals(tx: Connection, keys: Collection[tuple[str, str]]) -> list[asyncpg.Record]:
    """Withdrawals that wait for the uses (aanbieder, referentienummer) that have now come."""
    return await tx.fetch(
        "select o.aanbieder, o.plaats, o.event, o.sleutel from oordeel o join unnest($1::text[], $2::text[]) u(a, r)"
        " on o.aanbieder = a and o.vorig_referentienummer = r where o.oordeel = 'in_afwachting'",
        [key[0] for key in keys],
        [key[1] for key in keys],
    )


async def expect_receipts(tx: Connection, topics: Collection[tuple[str, str]]) -> None:
    """Note that these providers (AGB, topic) are to be told their verdicts."""
    await tx.execute(
        "insert into ontvangst (aanbieder, topic) select * from unnest($1::text[], $2::text[]) on conflict do nothing",
        [topic[0] for topic in topics],
        [topic[1] for topic in topics],
    )


class Untold(NamedTuple):
    """Of a provider the verdicts at offsets from `verzonden` up to `judged`: those that it is yet to be told."""

    aanbieder: str
    verzonden: int
    judged: int = OFFSET_MAX


async def untold(connection: Connection, limit: int) -> list[Untold]:
    """Providers that have verdicts to be told."""
    rows = await connection.fetch(
        "select o.aanbieder, o.verzonden, p.next from ontvangst o join position p on p.topic = o.topic"
        " and p.partition = 0 where o.verzonden < p.next order by o.aanbieder limit $1",
        limit,
    )
    return [Untold(*row) for row in rows]


async def judged_up_to(connection: Connection, aanbieders: Iterable[str]) -> dict[str, int]:
    """Up to which offset the topics of these providers are judged."""
    rows = await connection.fetch(
        "select o.aanbieder, p.next from ontvangst o join position p on p.topic = o.topic and p.partition = 0"
        " where o.aanbieder = any($1)",
        list(aanbieders),
    )
    return {row[0]: row[1] for row in rows}


async def told(connection: Connection, verzonden: Mapping[str, int]) -> None:
    """Note up to where each of these providers has been told."""
    await connection.execute(
        "update ontvangst o set verzonden = u.v from unnest($1::text[], $2::bigint[]) u(a, v) where o.aanbieder = u.a",
        list(verzonden),
        list(verzonden.values()),
    )


async def judged(connection: Connection, spans: Collection[Untold], limit: int) -> list[asyncpg.Record]:
    """The current verdicts in these spans of offsets, at most `limit` of each provider; by provider and in order."""
    return await connection.fetch(
        """
        select w.aanbieder, j.*
        from unnest($1::text[], $2::bigint[], $3::bigint[]) w(aanbieder, van, tot) cross join lateral (
            select coalesce(o.plaats, g.plaats) plaats, coalesce(o.versie, g.versie) versie, o.type,
                   coalesce(o.oordeel, 'geaccepteerd') oordeel, o.code, o.veld, o.uitleg, o.event,
                   g.event_id, g.referentienummer, g.toewijzingnummer, g.categorie, g.maand, g.volume, g.eenheid,
                   g.bedrag_cent, o.plaats is null meteen
            from (select * from oordeel where aanbieder = w.aanbieder and plaats >= w.van and plaats < w.tot
                  order by plaats limit $4) o
            full join (select * from gebruik where aanbieder = w.aanbieder and plaats >= w.van and plaats < w.tot
                       order by plaats limit $4) g on g.plaats = o.plaats
            order by 1 limit $4) j
        order by w.aanbieder, j.plaats
        """,
        *([span[column] for span in spans] for column in range(3)),
        limit,
    )


async def judged_at(connection: Connection, places: Mapping[str, Collection[int]]) -> list[asyncpg.Record]:
    """The current verdicts at these offsets of providers, by provider and in order."""
    pairs = [(aanbieder, plaats) for aanbieder, plaatsen in places.items() for plaats in plaatsen]
    return await connection.fetch(
        """
        select u.aanbieder, u.plaats, coalesce(o.versie, g.versie) versie, o.type,
               coalesce(o.oordeel, 'geaccepteerd') oordeel, o.code, o.veld, o.uitleg, o.event, g.event_id,
               g.referentienummer, g.toewijzingnummer, g.categorie, g.maand, g.volume, g.eenheid, g.bedrag_cent,
               false meteen
        from unnest($1::text[], $2::bigint[]) u(aanbieder, plaats)
        left join oordeel o on o.aanbieder = u.aanbieder and o.plaats = u.plaats
        left join gebruik g on g.aanbieder = u.aanbieder and g.plaats = u.plaats
        order by u.aanbieder, u.plaats
        """,
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
    )
