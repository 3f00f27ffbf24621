"""SQL for what the API and the health pages read: pseudonyms and counts, never who somebody is."""

from datetime import date
from uuid import UUID

import asyncpg

from services.intake.domain.perioden import Verblijf
from shared.db import Connection


async def waiting(_connection: Connection) -> dict[str, int]:
    """What waits in intake beside its outbox: nothing."""
    return {"vuileHuishoudens": 0, "teSluitenMaanden": 0, "geparkeerd": 0, "onverzonden": 0}


async def counts(connection: Connection) -> dict[str, int]:
    """How many there are of each; a client merged into another is none.

    Whoever never reported anything, such as a client's partner, needs no klanthouder.
    """
    row = await connection.fetchrow(
        """
        select (select count(*) from melding) as meldingen,
               (select count(*) from client where opgegaan_in is null) as clienten,
               (select count(*) from client c where opgegaan_in is null
                and exists (select from melding m where m.client_id = c.client_id)
                and not exists (select from klanthouderschap k where k.client_id = c.client_id))
               as "clientenZonderKlanthouder",
               (select count(*) from onderzoek) as onderzoeken,
               (select count(*) from aanvraag) as aanvragen
        """
    )
    return dict(row) if row else {}


async def klanthouders(connection: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """The klanthouders by id, after one of them, and how many clients each has."""
    return await connection.fetch(
        """
        select klanthouder_id,
               (select count(*) from klanthouderschap s where s.klanthouder_id = k.klanthouder_id) as clienten
        from klanthouder k where $1::uuid is null or klanthouder_id > $1 order by klanthouder_id limit $2
        """,
        after,
        limit,
    )


async def client(connection: Connection, client_id: UUID, day: date) -> asyncpg.Record | None:
    """What may be known of a client: the huishouden and klanthouder of a day, and what the perioden are made of."""
    return await connection.fetchrow(
        """
        select client_id, geboortedatum, uitgeschreven_per, opgegaan_in,
               (select huishouden_id from lid l where l.client_id = c.client_id and periode @> $2::date)
               as huishouden_id,
               (select klanthouder_id from klanthouderschap k where k.client_id = c.client_id and upper_inf(periode))
               as klanthouder_id
        from client c where client_id = $1
        """,
        client_id,
        day,
    )


async def verblijven(connection: Connection, client_id: UUID) -> list[Verblijf]:
    """In which wijken a client lived, in order."""
    rows = await connection.fetch(
        "select lower(periode) as van, upper(periode) - 1 as tot, wijk_jaar, wijk_code from adres"
        " where client_id = $1 order by van",
        client_id,
    )
    return [Verblijf(*row) for row in rows]


async def klanthouder(connection: Connection, klanthouder_id: UUID) -> asyncpg.Record | None:
    """How many clients a klanthouder has."""
    return await connection.fetchrow(
        """
        select klanthouder_id as "klanthouderId",
               (select count(*) from klanthouderschap s where s.klanthouder_id = k.klanthouder_id) as clienten
        from klanthouder k where klanthouder_id = $1
        """,
        klanthouder_id,
    )


async def melding(connection: Connection, melding_id: UUID) -> asyncpg.Record | None:
    """How far a melding is, without its texts."""
    return await connection.fetchrow(
        """
        select melding_id as "meldingId", m.client_id as "clientId", m.datum, domein, spoed, uiterlijk,
               o.datum as afgerond,
               array(select aanvraag_id from aanvraag a where a.melding_id = m.melding_id order by a.datum) as aanvragen
        from melding m left join onderzoek o using (melding_id) where melding_id = $1
        """,
        melding_id,
    )


async def vrijstelling(connection: Connection, vrijstelling_id: UUID) -> asyncpg.Record | None:
    """In which months a vrijstelling frees whom, without its reason."""
    return await connection.fetchrow(
        """
        select vrijstelling_id as "vrijstellingId", huishouden_id as "huishoudenId", client_id as "clientId",
               geldt_voor as "geldtVoor", telt_voor_kostprijs as "teltVoorKostprijs",
               to_char(make_date(van_maand / 12, van_maand % 12 + 1, 1), 'YYYY-MM') as "vanMaand",
               to_char(make_date(tot_maand / 12, tot_maand % 12 + 1, 1), 'YYYY-MM') as "totMaand", vervallen
        from vrijstelling where vrijstelling_id = $1
        """,
        vrijstelling_id,
    )
