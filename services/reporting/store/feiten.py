"""SQL for the facts of intake and indicatie, and for the ledger's lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from services.reporting.domain.feiten import (
    Bijdrage,
    Feit,
    Lid,
    Melding,
    Oplossing,
    Samenvoeging,
    Toewijzing,
    Woonperiode,
)
from shared.contracts.event import AnyEvent, parse, to_wire
from shared.db import Connection

FACTS_LOCK = 0x66656974
_TABLES: Mapping[type[Feit], str] = {
    Woonperiode: "woonperiode",
    Samenvoeging: "samenvoeging",
    Lid: "lid",
    Melding: "melding",
    Oplossing: "oplossing",
    Toewijzing: "toewijzing",
}


async def lock_facts(tx: Connection) -> None:
    """Let one copy at a time replace facts: two events about one fact may lie in two partitions."""
    await tx.execute("select pg_advisory_xact_lock($1)", FACTS_LOCK)


async def known(tx: Connection, sleutels: Collection[str]) -> dict[str, AnyEvent]:
    """The states held under these keys."""
    rows = await tx.fetch("select sleutel, event from feit where sleutel = any($1)", list(sleutels))
    return {row["sleutel"]: parse(row["event"]) for row in rows}


async def replace(
    tx: Connection, sleutels: Collection[str], events: Mapping[str, AnyEvent], feiten: Iterable[Feit]
) -> None:
    """Forget what is held under these keys, and hold these states and what they count for instead."""
    await tx.execute("delete from feit where sleutel = any($1)", list(sleutels))
    states = [(sleutel, to_wire(event).decode()) for sleutel, event in events.items()]
    await tx.copy_records_to_table("feit", records=states, columns=("sleutel", "event"))
    tables: dict[type[Feit], list[Any]] = defaultdict(list)
    for feit in feiten:
        tables[type(feit)].append(feit)
    for kind, rows in tables.items():
        await tx.copy_records_to_table(_TABLES[kind], records=rows, columns=kind._fields)


async def keep_bijdragen(tx: Connection, lines: Collection[Bijdrage]) -> None:
    """Of each huishouden and month the line with the highest versie (a tie: later time, higher source, id, total)."""
    newest: dict[Any, Bijdrage] = {}
    for line in lines:
        key = line.huishouden_id, line.maand
        newest[key] = max(newest.get(key, line), line)
    if not newest:
        return
    # In one order, so that copies that read other partitions never wait for each other in a circle.
    await tx.execute(
        """
        insert into bijdrage (huishouden_id, maand, versie, time, source, event_id, totaal_cent)
        select * from unnest($1::uuid[], $2::int[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::bigint[])
        on conflict (huishouden_id, maand) do update
        set versie = excluded.versie, time = excluded.time, source = excluded.source,
            event_id = excluded.event_id, totaal_cent = excluded.totaal_cent
        where (bijdrage.versie, bijdrage.time, bijdrage.source, bijdrage.event_id, bijdrage.totaal_cent)
            < (excluded.versie, excluded.time, excluded.source, excluded.event_id, excluded.totaal_cent)
        """,
        *map(list, zip(*sorted(newest.values()), strict=True)),
    )
