"""The months: how far each is in its life, closing one, and the statements that came of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Response

from services.billing import sluiten
from services.billing.answers.maand import (
    MaandenAntwoord,
    OverzichtAntwoord,
    OverzichtenAntwoord,
    SluitingAntwoord,
    ToestandAntwoord,
)
from services.billing.domain import maand as life
from services.billing.domain.instellingen import Instellingen
from services.billing.domain.maand import Stand
from services.billing.store import lezen, maand
from shared.contracts.event import format_moment
from shared.db import Connection
from shared.kalender import Month, format_month, local_month, parse_month
from shared.settings import Clock
from shared.web.health import Health
from shared.web.problem import Problem
from shared.web.resource import Body

Maand = Annotated[str, Path(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", description="JJJJ-MM")]


class SluitingBody(Body):
    """What is asked: to close a month, before its grace is over or not."""

    voor_respijt: bool = False


def add(api: APIRouter, health: Health, clock: Clock, instellingen: Instellingen) -> None:
    """The addresses of months and statements."""

    @api.get("/maanden", summary="Hoe ver elke maand is, en wat zij samen is", tags=["maanden"])
    async def maanden() -> MaandenAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            return {"maanden": await _months(tx, clock(), instellingen)}

    @api.get("/maanden/{maand}", summary="Hoe ver een maand is, en wat zij samen is", tags=["maanden"])
    async def one(of: Annotated[Maand, Path(alias="maand")]) -> ToestandAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            months = await _months(tx, clock(), instellingen, only=parse_month(of))
        if not months:
            raise Problem(404, "Deze maand ligt voor de eerste maand van het grootboek, of nog te ver weg.")
        return months[0]

    @api.post("/maanden/{maand}/sluiting", summary="Begin een maand te sluiten", tags=["maanden"])
    async def close(maand: Maand, body: SluitingBody) -> SluitingAntwoord:
        if not health.heard:
            raise Problem(503, "De dienst leest eerst terug wat hij zelf heeft verteld.")
        month = parse_month(maand)
        async with health.connection() as tx, tx.transaction():
            begun = await sluiten.begin(tx, month, clock, instellingen, voor_respijt=body.voor_respijt)
            return {"maand": maand, "begonnen": begun}

    @api.get(
        "/huishoudens/{huishoudenId}/overzichten",
        summary="De overzichten van een huishouden",
        tags=["overzichten"],
    )
    async def overzichten(huishouden_id: Annotated[UUID, Path(alias="huishoudenId")]) -> OverzichtenAntwoord:
        async with health.connection() as tx:
            rows = await maand.statements(tx, huishouden_id)
            if not rows and not await lezen.household_is_known(tx, huishouden_id):
                raise Problem(404, "Dit huishouden is hier niet bekend.")
        return {
            "overzichten": [
                {"maand": format_month(row["maand"]), "gevraagdCent": row["gevraagd_cent"]} for row in rows
            ]
        }

    @api.get(
        "/huishoudens/{huishoudenId}/overzichten/{maand}",
        summary="Een overzicht, zoals het is gemaakt",
        tags=["overzichten"],
        response_model=OverzichtAntwoord,
    )
    async def overzicht(
        huishouden_id: Annotated[UUID, Path(alias="huishoudenId")], of: Annotated[Maand, Path(alias="maand")]
    ) -> Response:
        async with health.connection() as tx:
            found = await maand.statement(tx, huishouden_id, parse_month(of))
        if found is None:
            raise Problem(404, "Van dit huishouden is er over deze maand geen overzicht.")
        return Response(found, media_type="application/json")


async def _months(
    tx: Connection, now: datetime, instellingen: Instellingen, only: Month | None = None
) -> list[ToestandAntwoord]:
    """All months from the first of the ledger up to now, or one of them."""
    stand = await maand.stand(tx, local_month(now))
    begun = {row["maand"]: row for row in await maand.listed(tx)}
    if only in begun:
        return [_begun(begun[only], now)]
    if stand.next is None:
        return []
    later = await maand.unclosed(tx, Month(stand.next - 1))
    months = map(Month, range(stand.next, max([*later, local_month(now)]) + 1))
    return [_begun(row, now) for row in begun.values() if only is None] + [
        _later(month, later.get(month, (0, 0)), stand, now, instellingen)
        for month in months
        if only in (None, month)
    ]


def _later(
    month: Month, sums: tuple[int, int], stand: Stand, now: datetime, instellingen: Instellingen
) -> ToestandAntwoord:
    shown: ToestandAntwoord = {
        "maand": format_month(month),
        "toestand": life.toestand(month, now, begun=False, closed=False),
        "huishoudens": sums[0],
        "totaalCent": sums[1],
        "sluitVanaf": format_moment(life.grace_ends(month, instellingen.respijt_dagen)),
    }
    if fault := sluiten.fault_of(month, stand, now, instellingen):
        shown["sluitNietOmdat"] = fault.fouten[0].uitleg
    return shown


def _begun(row: asyncpg.Record, now: datetime) -> ToestandAntwoord:
    closed = row["gesloten_op"] is not None
    shown: ToestandAntwoord = {
        "maand": format_month(row["maand"]),
        "toestand": life.toestand(Month(row["maand"]), now, begun=True, closed=closed),
        "huishoudens": row["huishoudens"],
        "totaalCent": row["totaal_cent"],
        "begonnenOp": format_moment(row["begonnen_op"]),
        "instellingen": row["instellingen"],
    }
    if closed:
        shown["geslotenOp"] = format_moment(row["gesloten_op"])
    return shown
