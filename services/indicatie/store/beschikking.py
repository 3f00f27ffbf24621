"""SQL for decisions and the toewijzingen they gave, with every state of these."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from services.indicatie.domain import Aanvraag, Besluit, State
from shared.contracts.indicatie import Toewijzing
from shared.db import Connection, refusing
from shared.refused import Fout

_TOEWIJZING = TypeAdapter(Toewijzing)


async def insert_beschikking(
    tx: Connection, nummer: str | None, aanvraag: Aanvraag, besluit: Besluit, besluitdatum: date
) -> str | None:
    """Keep a decision under this number, or the next that is free; its number, or None if that is another's.

    Raises RefusedError where the aanvraag was decided on already.
    """
    with refusing({"een_beschikking_per_aanvraag": Fout("aanvraagId", "Op deze aanvraag is al beslist.")}):
        found: str | None = await tx.fetchval(
            "insert into beschikking (beschikking_nummer, aanvraag_id, client_id, besluit, besluitdatum, uiterlijk)"
            " select coalesce($1, free_beschikking_nummer()), $2, $3::uuid, $4, $5::date, $6::date where not exists (select from lacking"
            " where name = 'indicatie-afgegeven' and event -> 'data' ->> 'beschikkingNummer' = $1)"
            " on conflict (beschikking_nummer) do nothing returning beschikking_nummer",
            nummer,
            aanvraag.aanvraag_id,
            aanvraag.client_id,
            besluit,
            besluitdatum,
            aanvraag.uiterlijk,
        )
    return found


async def claim_nummers(tx: Connection, beschikking_nummer: str, nummers: Iterable[int]) -> set[int]:
    """Take these numbers for toewijzingen of a decision; those that were free, in one order for who claims at once."""
    rows = await tx.fetch(
        "insert into toewijzing (nummer, beschikking_nummer) select unnest($1::int[]), $2"
        " on conflict (nummer) do nothing returning nummer",
        sorted(nummers),
        beschikking_nummer,
    )
    return {row["nummer"] for row in rows}


async def draw_nummers(tx: Connection, beschikking_nummer: str, count: int) -> list[int]:
    """Take the next free numbers for this many toewijzingen of a decision."""
    drawn: list[int] = []
    while len(drawn) < count:
        rows = await tx.fetch(
            "insert into toewijzing (nummer, beschikking_nummer)"
            " select free_toewijzing_nummer(), $1 from generate_series(1, $2)"
            " on conflict (nummer) do nothing returning nummer",
            beschikking_nummer,
            count - len(drawn),
        )
        drawn += [row["nummer"] for row in rows]
    return drawn


async def add_versies(tx: Connection, toewijzingen: Iterable[Toewijzing], reden: str | None = None) -> None:
    """Keep the next state of each toewijzing."""
    await tx.executemany(
        "insert into toewijzing_versie (nummer, toegewezen_op, reden, toewijzing) values ($1, $2, $3, $4)",
        [
            (
                toewijzing["toewijzing_nummer"],
                toewijzing["toegewezen_op"],
                reden,
                _TOEWIJZING.dump_json(toewijzing, by_alias=True, exclude_none=True).decode(),
            )
            for toewijzing in toewijzingen
        ],
    )


async def find_beschikking(connection: Connection, beschikking_nummer: str) -> dict[str, Any] | None:
    """A decision with its toewijzingen as it gave them, by the names of the contract."""
    row = await connection.fetchrow(
        "select beschikking_nummer, aanvraag_id, client_id, besluit, besluitdatum, uiterlijk"
        " from beschikking where beschikking_nummer = $1",
        beschikking_nummer,
    )
    given = await connection.fetch(
        "select v.toewijzing from toewijzing t join toewijzing_versie v using (nummer)"
        " where t.beschikking_nummer = $1 and v.reden is null order by nummer",
        beschikking_nummer,
    )
    return {**row, "toewijzingen": [_TOEWIJZING.validate_json(one[0]) for one in given]} if row else None


async def lock_toewijzing(tx: Connection, nummer: int) -> None:
    """Keep others from changing this toewijzing at once."""
    await tx.execute("select from toewijzing where nummer = $1 for no key update", nummer)


async def find_toewijzing(connection: Connection, nummer: int) -> State | None:
    """How a toewijzing stands now."""
    row = await connection.fetchrow(
        """
        select b.client_id, v.toewijzing, v.reden, a.event ->> 'traceparent' as traceparent
        from toewijzing t join beschikking b using (beschikking_nummer) join toewijzing_versie v using (nummer)
        left join aanvraag a using (aanvraag_id)
        where t.nummer = $1 order by v.toegewezen_op desc limit 1
        """,
        nummer,
    )
    return State(**{**row, "toewijzing": _TOEWIJZING.validate_json(row["toewijzing"])}) if row else None
