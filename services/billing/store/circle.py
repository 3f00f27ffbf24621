"""The facts of households as the rule reads them, with everyone they hang together with."""

from collections.abc import Collection
from uuid import UUID

from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.oordeel import START, STOP
from services.billing.domain.toewijzing import deciding_stop, ends_before_it_begins, left_of
from services.billing.domain.vertaling import melding
from services.billing.store import bijdrage as ledger
from shared import db
from shared.contracts.event import AnyEvent, parse


async def around(
    tx: db.Connection, huishouden_ids: Collection[UUID], client_ids: Collection[UUID] = ()
) -> tuple[set[UUID], set[UUID]]:
    """All households and clients that hang together with these: by whom a household ever named, and by mergers.

    There is no limit to it: half a circle would be determined wrong.
    """
    rows = await tx.fetch(
        """
        with recursive kring (huishouden_id, client_id) as (
            select id, null::uuid from unnest($1::uuid[]) id union select null, id from unnest($2::uuid[]) id
            union
            select verder.* from kring k cross join lateral (
                select null::uuid, l.client_id from lid l where l.huishouden_id = k.huishouden_id
                union all select l.huishouden_id, null from lid l where l.client_id = k.client_id
                union all select null, c.opgegaan_in from client c
                    where c.client_id = k.client_id and c.opgegaan_in is not null
                union all select null, c.client_id from client c where c.opgegaan_in = k.client_id
            ) verder
        )
        select huishouden_id, client_id from kring
        """,
        list(huishouden_ids),
        list(client_ids),
    )
    return {row[0] for row in rows if row[0]}, {row[1] for row in rows if row[1]}


async def feiten(
    tx: db.Connection,
    huishoudens: set[UUID],
    clients: set[UUID],
    given_by: dict[int, str],
    *,
    whole: bool = False,
) -> Feiten:
    """What is known of them; `given_by` is filled with the event that first gave each toewijzing.

    `whole`: also what never comes to a charge, and is only explained: uses that do not fit, toewijzingen removed.
    """
    rows = await ledger.zorg(tx, clients, also_removed=whole)
    nummers = [row["nummer"] for row in rows]
    maanden = await ledger.gebruiksmaanden(tx, nummers)
    gemeld = await ledger.gemeld(tx, nummers) if whole else {}
    said: dict[int, list[AnyEvent]] = {}
    for row in await ledger.meldingen(tx, nummers):
        said.setdefault(row["toewijzingnummer"], []).append(parse(row["event"]))
    zorg = []
    for row in rows:
        nummer = row["nummer"]
        given_by[nummer] = row["gegeven_door"]
        begun = left_of([melding(e) for e in said.get(nummer, ()) if e["type"] == START])
        ended = left_of([melding(e) for e in said.get(nummer, ()) if e["type"] == STOP])
        zorg.append(
            Zorg(
                nummer=nummer,
                client_id=row["client_id"],
                categorie=row["categorie"],
                productcode=row["productcode"],
                leveringsvorm=row["leveringsvorm"],
                ingangsdatum=row["ingangsdatum"],
                einddatum=row["einddatum"],
                kostprijs_cent=row["kostprijs_cent"],
                gegeven_op=row["gegeven_op"],
                maanden=tuple(maanden.get(nummer, ())),
                starts=tuple(start.datum for start in begun),
                stop=deciding_stop(begun, ended),
                gemeld=gemeld.get(nummer, frozenset()),
                verwijderd=row["verwijderd"],
                stop_voor_start=ends_before_it_begins(begun, ended, row["ingangsdatum"]),
                traceparent=row["traceparent"],
            )
        )
    people = await ledger.clienten(tx, clients)
    return Feiten(
        zorg=zorg,
        lidmaatschappen=await ledger.lidmaatschappen(tx, huishoudens),
        vrijstellingen=await ledger.vrijstellingen(tx, huishoudens, clients),
        uitgeschreven_per={p["client_id"]: p["uitgeschreven_per"] for p in people if p["uitgeschreven_per"]},
        opgegaan_in={p["client_id"]: p["opgegaan_in"] for p in people if p["opgegaan_in"]},
    )
