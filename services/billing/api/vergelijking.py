"""The CAK's charges beside this ledger, a page of one month at a time: why one of both does not charge."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.billing import uitleggen
from services.billing.answers.vergelijking import BevindingenAntwoord, OngeindeAntwoord
from services.billing.domain.bijdrage import Bepaling
from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.inning import Bericht, stand_op
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.maandreeks import NOWHERE, Woonreeks, eindpunten, woonreeksen
from services.billing.domain.vergelijking import (
    AlleenCak,
    AlleenWijkzorg,
    Finding,
    why_not_charged,
    why_not_collected,
)
from services.billing.instellingen import force
from services.billing.store import bijdrage as ledger
from services.billing.store import circle, inning, lezen
from services.billing.store import feiten as store
from shared.contracts.types import Id, Maand
from shared.db import Connection
from shared.kalender import Month, first_day, parse_month
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX
from shared.web.resource import Body


class ClientenBody(Body):
    """Clients that the CAK charged for a month."""

    maand: Maand
    clienten: Annotated[list[Id], Field(min_length=1, max_length=LIMIT_MAX)]


class HuishoudensBody(Body):
    """Households that owe for a month and that the CAK did not charge."""

    maand: Maand
    huishoudens: Annotated[list[Id], Field(min_length=1, max_length=LIMIT_MAX)]


def add(api: APIRouter, health: Health, started_with: Instellingen) -> None:
    """The addresses of the comparison."""

    @api.post(
        "/cak/vergelijking/clienten",
        summary="Bij welk huishouden cliënten horen, en waarom het niets betaalt",
        tags=["cak"],
    )
    async def clienten(body: ClientenBody) -> BevindingenAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found = await _charged_by_cak(tx, body.clienten, parse_month(body.maand), started_with)
        return {
            "clienten": [
                {"clientId": str(client), "huishoudenId": None if home is None else str(home), "reden": reden}
                for client in body.clienten
                for home, reden in (found[client],)
            ]
        }

    @api.post(
        "/cak/vergelijking/huishoudens",
        summary="Waarom het CAK huishoudens met een bijdrage niets vraagt",
        tags=["cak"],
    )
    async def huishoudens(body: HuishoudensBody) -> OngeindeAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found = await _not_collected(tx, set(body.huishoudens), parse_month(body.maand))
        return {"huishoudens": [{"huishoudenId": str(id_), "reden": found[id_]} for id_ in body.huishoudens]}


class _Circle:
    """Clients in one month, with all they hang together with: to which household each belongs."""

    def __init__(self, feiten: Feiten, maand: Month) -> None:
        self.eind, self._maand = eindpunten(feiten.opgegaan_in), maand
        self._woon: dict[UUID, Woonreeks] = woonreeksen(feiten.lidmaatschappen, self.eind)

    def home(self, client: UUID) -> UUID | None:
        """To which household a client belongs in the month."""
        return self._woon.get(self.eind.get(client, client), NOWHERE).at(self._maand)


async def _circle(
    tx: Connection, huishoudens: Collection[UUID], clients: Collection[UUID], maand: Month
) -> _Circle:
    """Of households and clients that together are whole, without their care."""
    people = await ledger.clienten(tx, clients)
    merged = {row["client_id"]: row["opgegaan_in"] for row in people if row["opgegaan_in"]}
    return _Circle(
        Feiten(lidmaatschappen=await ledger.lidmaatschappen(tx, huishoudens), opgegaan_in=merged), maand
    )


async def _charged_by_cak(
    tx: Connection, clienten: Collection[UUID], maand: Month, started_with: Instellingen
) -> dict[UUID, Finding]:
    """Of clients that the CAK charged: their household, and why it owes nothing if so."""
    people = await store.merged_with(tx, clienten)
    huishoudens, clients = await circle.around(tx, await store.households_of(tx, people))
    around = await _circle(tx, huishoudens, clients | people, maand)
    homes = {client: around.home(client) for client in clienten}
    lived_in = {home for home in homes.values() if home}
    why = await _why(tx, lived_in - await lezen.owing(tx, lived_in, maand), maand, started_with)
    known = clients | await lezen.known_clients(tx, [client for client in clienten if homes[client] is None])
    return {
        client: Finding(home, why.get(home))
        if home
        else Finding(None, "geen_huishouden" if client in known else "onbekende_client")
        for client, home in homes.items()
    }


async def _why(
    tx: Connection, huishoudens: set[UUID], maand: Month, started_with: Instellingen
) -> dict[UUID, AlleenCak]:
    """Why these households owe nothing for the month."""
    if not huishoudens:
        return {}
    all_, clients = await circle.around(tx, huishoudens)
    feiten = await circle.feiten(tx, all_, clients, {})
    around = _Circle(feiten, maand)
    lagen = await force.lagen_of(tx, await uitleggen.in_force(tx, started_with))
    bepalingen = lagen.bepaal(feiten, min(await ledger.horizon(tx) or Month(0), maand))
    said: dict[UUID, Bepaling] = {one.huishouden_id: one for one in bepalingen if one.maand == maand}
    care: dict[UUID | None, list[Zorg]] = defaultdict(list)
    gone: dict[UUID, date] = {}
    for zorg in feiten.zorg:
        care[around.home(zorg.client_id)].append(zorg)
        client = around.eind.get(zorg.client_id, zorg.client_id)
        if client in feiten.uitgeschreven_per:
            gone[zorg.client_id] = feiten.uitgeschreven_per[client]
    return {
        home: why_not_charged(said.get(home), care.get(home, ()), maand, lagen.of(maand), gone)
        for home in huishoudens
    }


async def _not_collected(tx: Connection, huishoudens: set[UUID], maand: Month) -> dict[UUID, AlleenWijkzorg]:
    """Of households that the CAK did not charge: what it was told of who belongs to them, and what it refused."""
    all_, clients = await circle.around(tx, huishoudens)
    around = await _circle(tx, all_, clients, maand)
    told: dict[UUID, list[Bericht]] = defaultdict(list)
    for bericht in (await inning.of_clients(tx, clients))[0]:
        told[around.eind.get(bericht.client_id, bericht.client_id)].append(bericht)
    day = first_day(maand)
    collected = {around.home(client) for client, its in told.items() if stand_op(its, day).loopt}
    rejected = {around.home(client) for client in await inning.rejected(tx, clients)}
    return {id_: why_not_collected(rejected=id_ in rejected, told=id_ in collected) for id_ in huishoudens}
