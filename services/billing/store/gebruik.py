"""SQL for uses: taken in by thousands, judged by one query that finds the exceptions, summed by month."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from services.billing.domain.oordeel import USE
from shared.contracts.event import AnyEvent
from shared.db import Connection
from shared.kalender import Month, month_of

Key = tuple[str, str]
"""aanbieder and referentienummer."""
Place = tuple[str, int]
"""aanbieder and plaats."""

_COLUMNS = (
    "aanbieder",
    "plaats",
    "referentienummer",
    "toewijzingnummer",
    "maand",
    "begindatum",
    "einddatum",
    "time",
    "source",
    "event_id",
    "categorie",
    "productcode",
    "volume",
    "eenheid",
    "tarief_cent",
    "bedrag_cent",
)

# Truncating would write to the catalogue once a batch; what is emptied here is mostly empty already.
_READY = """
do $$ begin
    if to_regclass('pg_temp.nieuw') is null then
        create temporary table nieuw (like gebruik) on commit delete rows;
        alter table nieuw alter versie drop not null, alter past drop not null, alter ingetrokken drop not null;
    else
        delete from nieuw;
    end if;
end $$
"""


class Exceptional(NamedTuple):
    """A new use that cannot simply be accepted: what it has in common with its toewijzing, and what it meets."""

    place: Place
    known: bool
    own: bool
    same_kind: bool
    within: bool
    number_taken: bool


def use_row(plaats: int, event: Mapping[str, Any]) -> tuple[Any, ...]:
    """A use as the row that is copied in."""
    data = event["data"]
    return (
        data["aanbieder"],
        plaats,
        data["referentie_nummer"],
        data["toewijzing_nummer"],
        month_of(data["begindatum"]),
        data["begindatum"],
        data["einddatum"],
        event["time"],
        event["source"],
        event["id"],
        data["productcategorie"],
        data.get("productcode"),
        data["volume"],
        data["eenheid"],
        data.get("tarief_cent"),
        data.get("bedrag_cent"),
    )


def use_event(row: asyncpg.Record) -> AnyEvent:
    """The event that a row of `gebruik` holds."""
    return {
        "specversion": "1.0",
        "id": row["event_id"],
        "source": row["source"],
        "type": USE,
        "time": row["time"],
        "data": {
            "aanbieder": row["aanbieder"],
            "referentie_nummer": row["referentienummer"],
            "toewijzing_nummer": row["toewijzingnummer"],
            "productcategorie": row["categorie"],
            "productcode": row["productcode"],
            "begindatum": row["begindatum"],
            "einddatum": row["einddatum"],
            "volume": row["volume"],
            "eenheid": row["eenheid"],
            "tarief_cent": row["tarief_cent"],
            "bedrag_cent": row["bedrag_cent"],
        },
    }


async def stage(tx: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Exceptional]:
    """Lay new uses ready, and find those that cannot simply be accepted."""
    await tx.execute(_READY)
    await tx.copy_records_to_table("nieuw", records=rows, columns=_COLUMNS)
    found = await tx.fetch(
        """
        select n.aanbieder, n.plaats, coalesce(t.known, false) known, coalesce(t.own, false) own,
               coalesce(t.same_kind, false) same_kind, coalesce(t.fitting, false) fitting, g.plaats is not null taken
        from nieuw n
        left join lateral (
            select g.plaats from gebruik g
            where g.aanbieder = n.aanbieder and g.referentienummer = n.referentienummer limit 1
        ) g on true
        left join lateral (
            select bool_or(v.huidig and not v.verwijderd) known,
                   bool_or(v.geldt and v.aanbieder = n.aanbieder) own,
                   bool_or(v.geldt and v.aanbieder = n.aanbieder and v.categorie = n.categorie) same_kind,
                   bool_or(v.geldt and v.aanbieder = n.aanbieder and v.categorie = n.categorie
                       and v.ingangsdatum <= n.begindatum
                       and (v.einddatum is null or n.einddatum <= v.einddatum)) fitting
            from toewijzing_versie v where v.nummer = n.toewijzingnummer
        ) t on true
        where g.plaats is not null or not coalesce(t.known and t.fitting, false)
        """
    )
    return [Exceptional((row[0], row[1]), *row[2:]) for row in found]


async def drop_staged(tx: Connection, places: Collection[Place]) -> None:
    """Take losing claims out of what was laid ready."""
    await tx.execute(
        "delete from nieuw n using unnest($1::text[], $2::bigint[]) u(a, p) where n.aanbieder = a and n.plaats = p",
        [place[0] for place in places],
        [place[1] for place in places],
    )


async def accept_staged(tx: Connection, versie: int, misfits: Collection[Place]) -> list[Key]:
    """Take in what was laid ready, add the uses that fit to their months, and mark whose care says something new to the rule.

    Each of those clients with one of the events that made it so: enough to explain a line, and one reason a batch.
    Returns the keys of the uses that were taken back before they came.
    """
    rows = await tx.fetch(
        """
        with opgenomen as (
            insert into gebruik
            select n.aanbieder, n.plaats, n.referentienummer, n.toewijzingnummer, n.maand, n.begindatum, n.einddatum,
                   n.time, n.source, n.event_id, n.categorie, n.productcode, n.volume, n.eenheid, n.tarief_cent,
                   n.bedrag_cent, $1, u.p is null, i.aanbieder is not null
            from nieuw n left join unnest($2::text[], $3::bigint[]) u(a, p) on n.aanbieder = a and n.plaats = p
            left join intrekking i on i.aanbieder = n.aanbieder and i.referentienummer = n.referentienummer
            order by n.aanbieder, n.referentienummer
            returning aanbieder, referentienummer, toewijzingnummer, maand, begindatum, einddatum, time, event_id,
                      past, ingetrokken
        ), som as (
            select toewijzingnummer, maand, count(*) aantal, min(array[begindatum, einddatum]) eerste,
                   max(einddatum) laatste_dag, min(time) vroegst, min(event_id) aanleiding
            from opgenomen where past and not ingetrokken
            group by toewijzingnummer, maand order by toewijzingnummer, maand
        ), bijgewerkt as (
            insert into gebruik_maand as m
            select toewijzingnummer, maand, aantal, eerste[1], eerste[2], laatste_dag, vroegst from som
            on conflict (toewijzingnummer, maand) do update set
                aantal = m.aantal + excluded.aantal,
                eerste_begin = least(m.eerste_begin, excluded.eerste_begin),
                eerste_eind = case
                    when excluded.eerste_begin < m.eerste_begin then excluded.eerste_eind
                    when excluded.eerste_begin > m.eerste_begin then m.eerste_eind
                    else least(m.eerste_eind, excluded.eerste_eind) end,
                laatste_dag = greatest(m.laatste_dag, excluded.laatste_dag),
                vroegst = least(m.vroegst, excluded.vroegst)
            returning new.toewijzingnummer, new.maand,
                (old.eerste_begin, old.eerste_eind, old.laatste_dag, old.vroegst)
                is distinct from (new.eerste_begin, new.eerste_eind, new.laatste_dag, new.vroegst) anders
        ), gemarkeerd as (
            insert into vuil (client_id, aanleiding)
            select v.client_id, min(s.aanleiding)
            from bijgewerkt b join som s using (toewijzingnummer, maand)
            join toewijzing_versie v on v.nummer = b.toewijzingnummer and v.huidig
            where b.anders group by v.client_id
        )
        select aanbieder, referentienummer from opgenomen where ingetrokken
        """,
        versie,
        [place[0] for place in misfits],
        [place[1] for place in misfits],
    )
    return [(row[0], row[1]) for row in rows]


async def resum(tx: Connection, months: Collection[tuple[int, Month]]) -> None:
    """Sum these months of toewijzingen anew from their uses.

    First each month is held: what another copy is adding to it, it has then added, and the sum sees it.
    """
    nummers, maanden = [m[0] for m in months], [m[1] for m in months]
    await tx.execute(
        "insert into gebruik_maand as m select distinct n, k, 0, date 'epoch', date 'epoch', date 'epoch', timestamptz 'epoch'"
        " from unnest($1::int[], $2::int[]) u(n, k) order by n, k on conflict (toewijzingnummer, maand)"
        " do update set aantal = m.aantal",
        nummers,
        maanden,
    )
    await tx.execute(
        "delete from gebruik_maand m using unnest($1::int[], $2::int[]) u(n, k)"
        " where m.toewijzingnummer = n and m.maand = k",
        nummers,
        maanden,
    )
    await tx.execute(
        "insert into gebruik_maand select g.toewijzingnummer, g.maand, count(*),"
        " (min(array[g.begindatum, g.einddatum]))[1], (min(array[g.begindatum, g.einddatum]))[2],"
        " max(g.einddatum), min(g.time)"
        " from gebruik g join (select distinct * from unnest($1::int[], $2::int[])) u(n, k)"
        " on g.toewijzingnummer = n and g.maand = k where g.past and not g.ingetrokken"
        " group by g.toewijzingnummer, g.maand",
        nummers,
        maanden,
    )


async def by_key(tx: Connection, keys: Collection[Key]) -> list[asyncpg.Record]:
    """The uses known under these numbers."""
    return await tx.fetch(
        "select g.* from gebruik g join unnest($1::text[], $2::text[]) u(a, r)"
        " on g.aanbieder = a and g.referentienummer = r",
        [key[0] for key in keys],
        [key[1] for key in keys],
    )


async def delete(tx: Connection, keys: Collection[Key]) -> None:
    """Forget the uses under these numbers, because another record turned out to be the fact."""
    await tx.execute(
        "delete from gebruik g using unnest($1::text[], $2::text[]) u(a, r)"
        " where g.aanbieder = a and g.referentienummer = r",
        [key[0] for key in keys],
        [key[1] for key in keys],
    )


async def take_back(tx: Connection, keys: Collection[Key]) -> dict[Key, tuple[int, Month]]:
    """Remember that these numbers are taken back; of those known the months whose sum that changes."""
    aanbieders, nummers = [key[0] for key in keys], [key[1] for key in keys]
    await tx.execute(
        "insert into intrekking select distinct * from unnest($1::text[], $2::text[]) on conflict do nothing",
        aanbieders,
        nummers,
    )
    rows = await tx.fetch(
        "update gebruik g set ingetrokken = true from unnest($1::text[], $2::text[]) u(a, r)"
        " where g.aanbieder = a and g.referentienummer = r and not g.ingetrokken"
        " returning g.aanbieder, g.referentienummer, g.toewijzingnummer, g.maand, g.past",
        aanbieders,
        nummers,
    )
    return {(row[0], row[1]): (row[2], Month(row[3])) for row in rows if row[4]}


async def judged_of(tx: Connection, nummers: Collection[int]) -> list[asyncpg.Record]:
    """Every use of these toewijzingen, with its present verdict."""
    return await tx.fetch(
        "select g.*, coalesce(o.oordeel, 'geaccepteerd') oordeel, o.code from gebruik g"
        " left join oordeel o on o.aanbieder = g.aanbieder and o.plaats = g.plaats"
        " where g.toewijzingnummer = any($1)",
        list(nummers),
    )


async def set_past(tx: Connection, fits: Iterable[tuple[str, int, bool]]) -> None:
    """Note which uses (aanbieder, plaats) fit."""
    rows = list(fits)
    await tx.execute(
        "update gebruik g set past = u.past from unnest($1::text[], $2::bigint[], $3::bool[]) u(aanbieder, plaats, past)"
        " where g.aanbieder = u.aanbieder and g.plaats = u.plaats",
        *([row[column] for row in rows] for column in range(3)),
    )
