"""The work list: what a person has to look at, and what is decided on it."""

import json
from typing import Annotated, cast
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from services.billing.answers.werk import BeslotenAntwoord, WerkAntwoord, WerklijstAntwoord
from services.billing.domain.werk import Besloten, Besluit, Soort, uitleg
from services.billing.handlers import besluit
from services.billing.store import werk
from shared.contracts.event import format_moment
from shared.contracts.types import Artikel, Naam
from shared.kalender import format_month
from shared.settings import Clock
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page
from shared.web.resource import Body, known

UNKNOWN = "Dit staat niet op de werklijst."


class BesluitBody(Body):
    """What a person decides on an item of the work list."""

    besluit: Besluit
    door: Annotated[Naam, Field(description="wie besluit")]
    artikel: Artikel | None = None
    termijnen: Annotated[int, Field(ge=2, le=36, description="over hoeveel overzichten")] | None = None
    uitvoeren: Annotated[bool, Field(description="false: zeg alleen wat er zou worden besloten")] = True


def add(api: APIRouter, health: Health, clock: Clock) -> None:
    """The addresses of the work list."""

    @api.get("/werklijst", summary="Waar een mens naar moet kijken", tags=["werklijst"])
    async def werklijst(
        request: Request,
        soort: Annotated[Soort | None, Query(description="alleen van deze soort")] = None,
        only_open: Annotated[bool, Query(alias="open", description="alleen wat open staat")] = True,
        na: Annotated[int, Query(ge=0, le=2**62, description="het laatste van de vorige pagina")] = 0,
        limiet: Limiet = LIMIT_MAX,
    ) -> WerklijstAntwoord:
        async with health.connection() as tx:
            found = await werk.listed(tx, soort, only_open=only_open, after=na, limit=limiet + 1)
        rows, following = page(request, found, limiet, lambda last: {"na": last["nummer"]})
        return {"werklijst": [_shown(row) for row in rows], "volgende": following}

    @api.get("/werklijst/{werkId}", summary="Een punt van de werklijst", tags=["werklijst"])
    async def one(werk_id: Annotated[UUID, Path(alias="werkId")]) -> WerkAntwoord:
        async with health.connection() as tx:
            return _shown(known(await werk.find(tx, werk_id), UNKNOWN))

    @api.post("/werklijst/{werkId}/besluit", summary="Besluit over een punt", tags=["werklijst"])
    async def decide(werk_id: Annotated[UUID, Path(alias="werkId")], body: BesluitBody) -> BeslotenAntwoord:
        besloten = Besloten(body.besluit, body.door, body.artikel, body.termijnen)
        async with health.connection() as tx:
            trial = tx.transaction()
            await trial.start()
            try:
                decided = known(await besluit.decide(tx, werk_id, besloten, clock()), UNKNOWN)
                found = [_shown(known(await werk.find(tx, id_), UNKNOWN)) for id_ in decided]
            except BaseException:
                await trial.rollback()
                raise
            await (trial.commit() if body.uitvoeren else trial.rollback())
        return {"besloten": found}


def _shown(row: asyncpg.Record) -> WerkAntwoord:
    gegevens = json.loads(row["gegevens"])
    shown = {
        "werkId": str(row["werk_id"]),
        "soort": row["soort"],
        "uitleg": uitleg(row["soort"], gegevens.get("maandenMax")),
        "huishoudenId": row["huishouden_id"] and str(row["huishouden_id"]),
        "clientId": row["client_id"] and str(row["client_id"]),
        "maand": None if row["maand"] is None else format_month(row["maand"]),
        "gegevens": gegevens,
        "ontstaanOp": format_moment(row["ontstaan_op"]),
        "afgehandeldOp": row["afgehandeld_op"] and format_moment(row["afgehandeld_op"]),
        "besluit": row["besluit"],
        "door": row["door"],
        "artikel": row["artikel"],
        "opOverzicht": None if row["op_maand"] is None else format_month(row["op_maand"]),
    }
    return cast("WerkAntwoord", {name: value for name, value in shown.items() if value is not None})
