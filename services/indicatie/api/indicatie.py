"""Decide on an aanvraag, change what was given, and say how it stands."""

from collections.abc import Sequence
from typing import Annotated, Any

from annotated_types import Ge, MaxLen
from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import Field

from services.indicatie import domain
from services.indicatie.announce import AFGEGEVEN, GEWIJZIGD, tell, wire
from services.indicatie.answers import IndicatieAntwoord, ToewijzingAntwoord
from services.indicatie.domain import Besluit
from services.indicatie.store import aanvraag, beschikking
from shared.contracts.indicatie import Omvang
from shared.contracts.types import (
    Agb,
    Cent,
    Datum,
    Id,
    Leveringsvorm,
    Productcategorie,
    Productcode,
    RedenWijziging,
    ToewijzingNummer,
    Zaaknummer,
)
from shared.db import Connection
from shared.kalender import local_day
from shared.messaging.own import OwnEvents
from shared.refused import Fout, RefusedError, refuse
from shared.web.health import Health
from shared.web.resource import Body, created, known

TOEWIJZINGEN_MAX = 100
Money = Annotated[Cent, Ge(0)]


class _Terms(Body):
    aanbieder: Agb | None = None
    productcode: Productcode | None = None
    einddatum: Datum | None = None
    omvang: Omvang | None = None
    budget_cent: Money | None = None
    kostprijs_cent: Money | None = None
    wijkteam_id: Id | None = None


class NewToewijzing(_Terms):
    """A toewijzing as it is asked for; without a number it gets the next that is free."""

    toewijzing_nummer: ToewijzingNummer | None = None
    productcategorie: Productcategorie
    ingangsdatum: Datum
    leveringsvorm: Leveringsvorm


class NewIndicatie(Body):
    """A decision on an aanvraag; without a number it gets the next that is free."""

    beschikking_nummer: Zaaknummer | None = None
    aanvraag_id: Zaaknummer
    besluit: Besluit
    besluitdatum: Datum
    toewijzingen: Annotated[list[NewToewijzing], MaxLen(TOEWIJZINGEN_MAX)] = Field(default_factory=list)


class Wijziging(_Terms):
    """What changes of a toewijzing: the fields that are given; null takes away what may be absent."""

    toewijzing_nummer: ToewijzingNummer
    datum: Datum
    reden: RedenWijziging
    productcategorie: Productcategorie | None = None
    ingangsdatum: Datum | None = None
    leveringsvorm: Leveringsvorm | None = None


def add(api: APIRouter, health: Health, own: OwnEvents) -> None:
    """The addresses of indicaties and toewijzingen."""

    @api.post(
        "/indicaties",
        summary="Een besluit nemen op een aanvraag",
        status_code=201,
        tags=["indicaties"],
        response_model=IndicatieAntwoord,
    )
    async def decide(body: NewIndicatie) -> JSONResponse:
        async with health.connection() as tx, tx.transaction():
            told = await _decide(tx, own, body)
        return created(f"/v1/indicaties/{told['beschikkingNummer']}", told)

    @api.get(
        "/indicaties/{beschikkingNummer}",
        summary="Een besluit, zoals het is afgegeven",
        tags=["indicaties"],
        response_model=IndicatieAntwoord,
    )
    async def indicatie(nummer: Annotated[Zaaknummer, Path(alias="beschikkingNummer")]) -> dict[str, Any]:
        async with health.connection() as tx:
            found = await beschikking.find_beschikking(tx, nummer)
        return wire(AFGEGEVEN, known(found, "Dit besluit is hier niet bekend."))

    @api.post(
        "/wijzigingen",
        summary="Een toewijzing wijzigen",
        status_code=201,
        tags=["indicaties"],
        response_model=ToewijzingAntwoord,
    )
    async def change(body: Wijziging) -> JSONResponse:
        async with health.connection() as tx, tx.transaction():
            told = await _change(tx, own, body)
        answer = {**told["toewijzing"], "reden": told["reden"]}
        return created(f"/v1/toewijzingen/{body.toewijzing_nummer}", answer)

    @api.get(
        "/toewijzingen/{toewijzingNummer}",
        summary="Een toewijzing, zoals die nu is",
        tags=["indicaties"],
        response_model=ToewijzingAntwoord,
    )
    async def toewijzing(
        nummer: Annotated[int, Path(alias="toewijzingNummer", ge=1, le=999_999_999)],
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            state = known(
                await beschikking.find_toewijzing(tx, nummer), "Deze toewijzing is hier niet bekend."
            )
        told = wire(GEWIJZIGD, {"toewijzing": state.toewijzing, "reden": state.reden})
        return {**told["toewijzing"], "reden": state.reden}


async def _decide(tx: Connection, own: OwnEvents, body: NewIndicatie) -> dict[str, Any]:
    """Take the decision, and give its toewijzingen their numbers; what was told of it, in wire form."""
    held = await aanvraag.hold_aanvraag(tx, body.aanvraag_id)
    terms = [toewijzing.model_dump(exclude_none=True) for toewijzing in body.toewijzingen]
    fouten = domain.faults_of_besluit(held, body.besluit, body.besluitdatum, terms, local_day(own.clock()))
    if fouten or held is None:
        raise RefusedError(fouten)
    nummer = None
    while nummer is None:
        nummer = await beschikking.insert_beschikking(
            tx, body.beschikking_nummer, held, body.besluit, body.besluitdatum
        )
        if nummer is None and body.beschikking_nummer:
            raise refuse("beschikkingNummer", "Dit besluit is al vastgelegd.")
    nummers = await _nummers(tx, nummer, [asked.toewijzing_nummer for asked in body.toewijzingen])
    given = [domain.give(*one, body.besluitdatum) for one in zip(terms, nummers, strict=True)]
    await beschikking.add_versies(tx, given)
    data = {
        "beschikking_nummer": nummer,
        "aanvraag_id": held.aanvraag_id,
        "client_id": held.client_id,
        "besluit": body.besluit,
        "besluitdatum": body.besluitdatum,
        "uiterlijk": held.uiterlijk,
        "toewijzingen": given,
    }
    return await tell(tx, own, AFGEGEVEN, data, held.traceparent)


async def _nummers(tx: Connection, beschikking_nummer: str, asked: Sequence[int | None]) -> list[int]:
    """The numbers that were asked for, and free ones where none was."""
    wanted = [nummer for nummer in asked if nummer]
    claimed = await beschikking.claim_nummers(tx, beschikking_nummer, wanted) if wanted else set()
    taken = [place for place, nummer in enumerate(asked) if nummer and nummer not in claimed]
    if taken:
        uitleg = "Deze toewijzing is al vastgelegd."
        raise RefusedError(Fout(f"toewijzingen.{place}.toewijzingNummer", uitleg) for place in taken)
    drawn = iter(await beschikking.draw_nummers(tx, beschikking_nummer, len(asked) - len(wanted)))
    return [nummer or next(drawn) for nummer in asked]


async def _change(tx: Connection, own: OwnEvents, body: Wijziging) -> dict[str, Any]:
    """Keep the next state of a toewijzing; what was told of it, in wire form."""
    await beschikking.lock_toewijzing(tx, body.toewijzing_nummer)
    state = await beschikking.find_toewijzing(tx, body.toewijzing_nummer)
    if state is None:
        raise refuse("toewijzingNummer", "Deze toewijzing is hier niet bekend.")
    changes = body.model_dump(exclude_unset=True, exclude={"datum", "reden"})
    after = domain.change(state, changes, body.datum)
    today = local_day(own.clock())
    if fouten := domain.faults_of_wijziging(state, after, body.reden, body.datum, today):
        raise RefusedError(fouten)
    await beschikking.add_versies(tx, [after], body.reden)
    data = {"client_id": state.client_id, "toewijzing": after, "reden": body.reden}
    return await tell(tx, own, GEWIJZIGD, data, state.traceparent)
