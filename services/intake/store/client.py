"""SQL of residents: who they are, where they live, who stays with them, and what of that is told."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import asyncpg

from services.intake.domain.faults import Client
from services.intake.domain.verzoek import Klanthouder, Persoon, Uitschrijving, Verhuizing
from shared.db import Connection


async def is_there(tx: Connection, veld: str, id_: UUID) -> bool:
    """Whether an id is in use already; `veld` is its wire name."""
    return bool(
        await tx.fetchval(
            """
            select case $1::text
                when 'meldingId' then exists (select from melding where melding_id = $2)
                when 'aanvraagId' then exists (select from aanvraag where aanvraag_id = $2)
                when 'verhuizingId' then exists (select from adres where verhuizing_id = $2)
                when 'huishoudenId' then exists (select from huishouden where huishouden_id = $2)
            end
            """,
            veld,
            id_,
        )
    )


async def add(tx: Connection, client_id: UUID, persoon: Persoon) -> bool:
    """Record a resident with the first address; False where the id or the resident is there already."""
    return bool(
        await tx.fetchval(
            """
            with nieuw as (
                insert into client (client_id, voornamen, achternaam, geboortedatum, sleutel)
                values ($1, $2, $3, $4, $5) on conflict do nothing returning client_id
            )
            insert into adres (client_id, periode, postcode, huisnummer, toevoeging, wijk_jaar, wijk_code)
            select client_id, daterange($6, null), $7, $8, $9, $10, $11 from nieuw returning true
            """,
            client_id,
            persoon.voornamen,
            persoon.achternaam,
            persoon.geboortedatum,
            persoon.sleutel,
            persoon.woont_vanaf,
            persoon.adres.postcode,
            persoon.adres.huisnummer,
            persoon.adres.toevoeging,
            persoon.wijk.jaar,
            persoon.wijk.code,
        )
    )


async def same(tx: Connection, sleutel: bytes) -> tuple[UUID, UUID] | None:
    """The client with these particulars, and whom that one has become by mergers; None where there is none."""
    rows = await tx.fetch(
        """
        with recursive pad as (
            select client_id, opgegaan_in from client where sleutel = $1
            union select c.client_id, c.opgegaan_in from client c join pad on c.client_id = pad.opgegaan_in
        )
        select client_id, opgegaan_in is null as blijft from pad
        """,
        sleutel,
    )
    return (rows[0]["client_id"], next(row["client_id"] for row in rows if row["blijft"])) if rows else None


async def lock(tx: Connection, client_ids: Collection[UUID]) -> dict[UUID, Client]:
    """These clients as far as they are known, held until the end of the transaction."""
    rows = await tx.fetch(
        """
        select client_id, geboortedatum, uitgeschreven_per, opgegaan_in,
               (select min(lower(periode)) from adres a where a.client_id = c.client_id) as geregistreerd
        from client c where client_id = any($1::uuid[]) order by client_id for no key update
        """,
        list(client_ids),
    )
    return {row["client_id"]: Client(**row) for row in rows}


async def told(tx: Connection, client_ids: Collection[UUID], versie: int) -> list[asyncpg.Record]:
    """What may be told of these clients, whose versie goes up; a row for each address, in order."""
    return await tx.fetch(
        """
        with verhoogd as (
            update client set versie = greatest(versie + 1, $2) where client_id = any($1::uuid[]) returning *
        )
        select v.client_id, v.versie, v.geboortedatum, v.uitgeschreven_per, v.opgegaan_in,
               lower(a.periode) as van, upper(a.periode) - 1 as tot, a.wijk_jaar, a.wijk_code
        from verhoogd v join adres a using (client_id) order by client_id, van
        """,
        list(client_ids),
        versie,
    )


async def move(tx: Connection, verhuizing: Verhuizing) -> bool:
    """End the address of that day and begin another, up to the next move that is known; whether that is the last."""
    adres, wijk = verhuizing.adres, verhuizing.wijk
    tot: date | None = await tx.fetchval(
        "update adres set periode = daterange(lower(periode), $2)"
        " where client_id = $1 and periode @> $2::date and lower(periode) < $2 returning upper(old.periode)",
        verhuizing.client_id,
        verhuizing.vanaf,
    )
    await tx.execute(
        """
        insert into adres (client_id, periode, postcode, huisnummer, toevoeging, wijk_jaar, wijk_code, verhuizing_id)
        values ($1, daterange($2, $3), $4, $5, $6, $7, $8, $9)
        """,
        verhuizing.client_id,
        verhuizing.vanaf,
        tot,
        adres.postcode,
        adres.huisnummer,
        adres.toevoeging,
        wijk.jaar,
        wijk.code,
        verhuizing.verhuizing_id,
    )
    return tot is None


async def particulars(tx: Connection, client_id: UUID) -> tuple[str, str, date]:
    """By what a client is recognised, beside the address: voornamen, achternaam, geboortedatum."""
    row = await tx.fetchrow(
        "select voornamen, achternaam, geboortedatum from client where client_id = $1", client_id
    )
    assert row  # noqa: S101 - the caller holds it, said for the type checker
    return row[0], row[1], row[2]


async def set_sleutel(tx: Connection, client_id: UUID, sleutel: bytes) -> None:
    """By what the client is recognised from now on."""
    await tx.execute("update client set sleutel = $2 where client_id = $1", client_id, sleutel)


async def end(tx: Connection, uitschrijving: Uitschrijving) -> bool:
    """Deregister a client and end the address; False where an address or huishouden begins on that day or later."""
    if await tx.fetchval(
        "select exists (select from adres where client_id = $1 and lower(periode) >= $2)"
        " or exists (select from lid where client_id = $1 and lower(periode) >= $2)",
        uitschrijving.client_id,
        uitschrijving.per,
    ):
        return False
    await tx.execute(
        """
        with adres as (
            update adres set periode = daterange(lower(periode), $2) where client_id = $1 and periode @> $2::date
        )
        update client set uitgeschreven_per = $2, reden = $3 where client_id = $1
        """,
        uitschrijving.client_id,
        uitschrijving.per,
        uitschrijving.reden,
    )
    return True


async def merge(tx: Connection, client_id: UUID, opgegaan_in: UUID) -> None:
    """Have one client be another."""
    await tx.execute("update client set opgegaan_in = $2 where client_id = $1", client_id, opgegaan_in)


async def add_klanthouder(tx: Connection, klanthouder_id: UUID, klanthouder: Klanthouder) -> None:
    """Record a professional."""
    await tx.execute("insert into klanthouder values ($1, $2)", klanthouder_id, klanthouder.naam)


async def klanthouder(tx: Connection, client_id: UUID) -> tuple[UUID | None, UUID | None]:
    """Who stays with a client, if anybody does; and the klanthouder with the fewest clients, if there is one."""
    row = await tx.fetchrow(
        """
        select (select klanthouder_id from klanthouderschap where client_id = $1 and upper_inf(periode)),
               (select klanthouder_id from klanthouder k order by
                (select count(*) from klanthouderschap s where s.klanthouder_id = k.klanthouder_id), 1 limit 1)
        """,
        client_id,
    )
    return (row[0], row[1]) if row else (None, None)


async def assign(tx: Connection, client_id: UUID, klanthouder_id: UUID, vanaf: date, versie: int) -> int:
    """Have a klanthouder stay with a client from a day on; the versie of that."""
    return int(
        await tx.fetchval(
            "insert into klanthouderschap select $1::uuid, $2::uuid, daterange($3::date, null), greatest($4::bigint, max(versie) + 1)"
            " from klanthouderschap where client_id = $1 returning versie",
            client_id,
            klanthouder_id,
            vanaf,
            versie,
        )
    )
