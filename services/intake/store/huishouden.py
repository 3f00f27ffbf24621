"""SQL of huishoudens and vrijstellingen: who belongs where, who owes nothing when, and what of that is told."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.faults import Gegeven
from services.intake.domain.perioden import Lid
from services.intake.domain.verzoek import Vrijstelling
from services.intake.domain.vrijstelling import Vrijgesteld
from shared.db import Connection


class Plek(NamedTuple):
    """In which huishouden a client lives, and at which of its two places."""

    huishouden_id: UUID
    nummer: int

    @property
    def other(self) -> "Plek":
        """The other place in it."""
        return Plek(self.huishouden_id, 3 - self.nummer)


async def found(
    tx: Connection, huishouden_id: UUID, client_id: UUID, van: date, tot: date | None = None
) -> Plek:
    """Make a huishouden with its first member, from `van` up to, not including, `tot`; at which place."""
    await tx.execute(
        "with nieuw as (insert into huishouden values ($1) returning huishouden_id)"
        " insert into lid select huishouden_id, $2, 1, daterange($3, $4) from nieuw",
        huishouden_id,
        client_id,
        van,
        tot,
    )
    return Plek(huishouden_id, 1)


async def join(tx: Connection, client_id: UUID, plek: Plek, van: date) -> None:
    """Have a client belong to a huishouden from a day on."""
    await tx.execute(
        "insert into lid values ($1, $2, $3, daterange($4, null))",
        plek.huishouden_id,
        client_id,
        plek.nummer,
        van,
    )


async def lasting(tx: Connection, client_ids: Collection[UUID], day: date) -> dict[UUID, Plek]:
    """Where these clients live on a day and ever since."""
    rows = await tx.fetch(
        "select client_id, huishouden_id, plek from lid"
        " where client_id = any($1::uuid[]) and periode @> $2::date and upper_inf(periode)",
        list(client_ids),
        day,
    )
    return {row["client_id"]: Plek(row["huishouden_id"], row["plek"]) for row in rows}


async def leave(tx: Connection, client_ids: Collection[UUID], vanaf: date) -> set[UUID]:
    """End, the day before, what lasts of these clients' memberships and began earlier; the huishoudens they leave."""
    rows = await tx.fetch(
        "update lid set periode = daterange(lower(periode), $2) where client_id = any($1::uuid[])"
        " and upper_inf(periode) and lower(periode) < $2 returning huishouden_id",
        list(client_ids),
        vanaf,
    )
    return {row["huishouden_id"] for row in rows}


async def raise_versies(tx: Connection, huishouden_ids: Collection[UUID], versie: int) -> dict[UUID, int]:
    """Hold these huishoudens until the end of the transaction; their new versies."""
    rows = await tx.fetch(
        """
        with vast as (
            select huishouden_id from huishouden where huishouden_id = any($1::uuid[])
            order by huishouden_id for no key update
        )
        update huishouden h set versie = greatest(h.versie + 1, $2) from vast
        where h.huishouden_id = vast.huishouden_id returning h.huishouden_id, h.versie
        """,
        list(huishouden_ids),
        versie,
    )
    return {row["huishouden_id"]: row["versie"] for row in rows}


async def leden(tx: Connection, huishouden_ids: Collection[UUID]) -> list[tuple[UUID, Lid]]:
    """Who ever belonged to these huishoudens."""
    rows = await tx.fetch(
        """
        select l.huishouden_id, l.client_id, c.geboortedatum, lower(l.periode) as van, upper(l.periode) - 1 as tot
        from lid l join client c using (client_id) where l.huishouden_id = any($1::uuid[])
        """,
        list(huishouden_ids),
    )
    return [(row[0], Lid(*row[1:])) for row in map(tuple, rows)]


async def derived(
    tx: Connection, client_ids: Collection[UUID], huishouden_ids: Collection[UUID]
) -> dict[UUID, Vrijgesteld]:
    """The vrijstellingen that were derived for these."""
    rows = await tx.fetch(
        """
        select vrijstelling_id, huishouden_id, client_id, geldt_voor, van_maand, tot_maand, vervallen
        from vrijstelling
        where afgeleid and (client_id = any($1::uuid[]) or huishouden_id = any($2::uuid[]))
        """,
        list(client_ids),
        list(huishouden_ids),
    )
    return {row["vrijstelling_id"]: Vrijgesteld(*row) for row in rows}


async def put_derived(tx: Connection, all_of: Sequence[Vrijgesteld], versie: int) -> dict[UUID, int]:
    """Record derived vrijstellingen as they are now; their versies."""
    columns = list(zip(*all_of, strict=True))
    rows = await tx.fetch(
        """
        insert into vrijstelling as oud (vrijstelling_id, huishouden_id, client_id, geldt_voor, van_maand, tot_maand,
                                         vervallen, telt_voor_kostprijs, afgeleid, versie)
        select *, true, true, $8::bigint
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[], $7::bool[])
        on conflict (vrijstelling_id) do update set van_maand = excluded.van_maand, tot_maand = excluded.tot_maand,
            vervallen = excluded.vervallen, versie = greatest(oud.versie + 1, excluded.versie)
        returning vrijstelling_id, versie
        """,
        *columns,
        versie,
    )
    return {row["vrijstelling_id"]: row["versie"] for row in rows}


async def grant(tx: Connection, given: Vrijgesteld, asked: Vrijstelling, versie: int) -> None:
    """Record a vrijstelling that the gemeente gives."""
    await tx.execute(
        """
        insert into vrijstelling (vrijstelling_id, huishouden_id, client_id, geldt_voor, van_maand, tot_maand, vervallen,
                                  versie, telt_voor_kostprijs, afgeleid, reden)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, $10)
        """,
        *given,
        versie,
        asked.telt_voor_kostprijs,
        asked.reden,
    )


async def lock_vrijstelling(tx: Connection, vrijstelling_id: UUID) -> Gegeven | None:
    """A vrijstelling, held until the end of the transaction."""
    row = await tx.fetchrow(
        """
        select vrijstelling_id, huishouden_id, client_id, geldt_voor, van_maand, tot_maand, vervallen,
               telt_voor_kostprijs, afgeleid
        from vrijstelling where vrijstelling_id = $1 for no key update
        """,
        vrijstelling_id,
    )
    if row is None:
        return None
    values = tuple(row)
    return Gegeven(Vrijgesteld(*values[:7]), *values[7:])


async def withdraw(tx: Connection, vrijstelling_id: UUID, versie: int) -> int:
    """Take a vrijstelling back; its new versie."""
    return int(
        await tx.fetchval(
            "update vrijstelling set vervallen = true, versie = greatest(versie + 1, $2)"
            " where vrijstelling_id = $1 returning versie",
            vrijstelling_id,
            versie,
        )
    )
