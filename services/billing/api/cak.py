"""Handing over to the CAK: files of what it is told, and its answers."""

from datetime import date
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from services.billing.announce import Announcer
from services.billing.answers.cak import (
    BestandAntwoord,
    BestandenAntwoord,
    RetourAntwoord,
    WachtendAntwoord,
)
from services.billing.domain.cakbestand import NUMBER_MAX, Retour, bestandsnaam, plaats, referentie
from services.billing.handlers import inning as handing_over
from services.billing.store import inning
from shared.contracts.event import format_moment
from shared.contracts.types import Datum, Naam
from shared.kalender import local_day
from shared.settings import Clock
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page
from shared.web.problem import Problem
from shared.web.resource import Body, created, known

UNKNOWN = "Dit bestand is er niet."


class Csv(Response):
    """A file for the CAK."""

    media_type = "text/csv"
    charset = "utf-8"


class BestandBody(Body):
    """What is asked: a file of what is to be told up to a day; without it, today."""

    door: Annotated[Naam, Field(description="wie het bestand maakt")]
    datum: Datum | None = None


class AntwoordBody(Body):
    """An answer of the CAK on one message."""

    referentie: Annotated[str, Field(pattern=r"^[0-9]{1,10}-[0-9]{1,10}$")]
    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,10}$")]


class RetourBody(Body):
    """Answers of the CAK; without `uitvoeren` nothing is put on the work list."""

    regels: Annotated[list[AntwoordBody], Field(min_length=1, max_length=LIMIT_MAX)]
    uitvoeren: bool = False


def add(api: APIRouter, health: Health, clock: Clock, says: Announcer) -> None:
    """The addresses of files for the CAK and of its answers."""

    @api.get("/cak/wachtend", summary="Hoeveel berichten het CAK nog moet krijgen", tags=["cak"])
    async def waiting(
        tot: Annotated[
            date | None, Query(description="tot en met deze dag; vandaag als die ontbreekt")
        ] = None,
    ) -> WachtendAntwoord:
        day = tot or local_day(clock())
        async with health.connection() as tx:
            found = await inning.waiting(tx, day)
        return {
            "tot": day.isoformat(),
            "start": found.get("start", 0),
            "stop": found.get("stop", 0),
            "mutatie": found.get("mutatie", 0),
        }

    @api.post(
        "/cak/bestanden",
        summary="Maak een bestand van wat het CAK nog moet krijgen",
        status_code=201,
        response_model=BestandAntwoord,
        tags=["cak"],
    )
    async def make(request: Request, body: BestandBody) -> JSONResponse:
        if not health.heard:
            raise Problem(503, "De dienst leest eerst terug wat hij zelf heeft verteld.")
        moment = clock()
        async with health.connection() as tx, tx.transaction():
            datum = body.datum or local_day(moment)
            nummer = await handing_over.write_file(tx, datum, body.door, moment, says)
            made = _shown(known(await inning.file(tx, nummer), UNKNOWN))
        return created(f"{request.url.path}/{nummer}", made)

    @api.get("/cak/bestanden", summary="De bestanden voor het CAK", tags=["cak"])
    async def files(
        request: Request,
        na: Annotated[int, Query(ge=0, le=NUMBER_MAX, description="het laatste van de vorige pagina")] = 0,
        limiet: Limiet = LIMIT_MAX,
    ) -> BestandenAntwoord:
        async with health.connection() as tx:
            found = await inning.files(tx, na, limiet + 1)
        rows, following = page(request, found, limiet, lambda last: {"na": last["nummer"]})
        return {"bestanden": [_shown(row) for row in rows], "volgende": following}

    @api.get(
        "/cak/bestanden/{nummer}",
        summary="Een bestand voor het CAK, zoals het is gemaakt",
        response_class=Csv,
        tags=["cak"],
    )
    async def file(nummer: Annotated[int, Path(ge=1, le=NUMBER_MAX)]) -> Csv:
        async with health.connection() as tx:
            found = known(await inning.file(tx, nummer), UNKNOWN)
        name = bestandsnaam(nummer, found["datum"])
        return Csv(found["inhoud"], headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @api.post("/cak/retour", summary="Verwerk antwoorden van het CAK", tags=["cak"])
    async def retour(body: RetourBody) -> RetourAntwoord:
        given = [
            (Retour(*place, one.code) if place else None)
            for one in body.regels
            for place in (plaats(one.referentie),)
        ]
        async with health.connection() as tx, tx.transaction():
            done = await handing_over.take_answers(
                tx, [one for one in given if one], clock(), execute=body.uitvoeren
            )
        nowhere = [one.referentie for one, place in zip(body.regels, given, strict=True) if place is None]
        return {
            "goedgekeurd": done.goedgekeurd,
            "afgewezen": done.afgewezen,
            "nieuw": done.nieuw,
            "onbekend": nowhere + [referentie(one.bestand, one.regel) for one in done.onbekend],
        }


def _shown(row: asyncpg.Record) -> BestandAntwoord:
    return {
        "nummer": row["nummer"],
        "naam": bestandsnaam(row["nummer"], row["datum"]),
        "datum": row["datum"].isoformat(),
        "berichten": row["berichten"],
        "door": row["door"],
        "gemaaktOp": format_moment(row["gemaakt_op"]),
        "sha256": row["sha256"],
    }
