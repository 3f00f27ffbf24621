"""Make a support plan, agree on it anew, evaluate it. What its texts say goes in, and never out."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from annotated_types import Len, MaxLen
from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from services.indicatie import domain
from services.indicatie.announce import GEEVALUEERD, VASTGESTELD, tell, wire
from services.indicatie.answers import EvaluatieAntwoord, PlanAntwoord
from services.indicatie.store import aanvraag, plan
from shared.contracts.types import Count, Datum, Id, Oplossing, Zaaknummer
from shared.db import Connection
from shared.kalender import local_day
from shared.messaging.echo import next_versie
from shared.messaging.own import OwnEvents
from shared.refused import RefusedError
from shared.web.health import Health
from shared.web.resource import Body, created, known

DOELEN_MAX, ACTIES_MAX = 50, 20
Wording = Annotated[
    str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]
"""What somebody wrote about a person, in lines."""
UNKNOWN = "Dit plan is hier niet bekend."


class Actie(Body):
    """Something that will be done for a goal, on a rung of support."""

    omschrijving: Wording | None = None
    soort: Oplossing


class Doel(Body):
    """A goal of a client, and what will be done for it."""

    omschrijving: Wording
    acties: Annotated[list[Actie], MaxLen(ACTIES_MAX)]


class PlanContent(Body):
    """What a support plan says."""

    datum: Datum
    doelen: Annotated[list[Doel], Len(1, DOELEN_MAX)]
    akkoord_client: bool


class NewPlan(PlanContent):
    """A support plan for an aanvraag that was granted."""

    plan_id: Id = Field(default_factory=uuid4)
    aanvraag_id: Zaaknummer


class Behaald(Body):
    """How many goals were reached."""

    ja: Count = 0
    deels: Count = 0
    nee: Count = 0


class NewEvaluatie(Body):
    """How many goals of a plan were reached on a day."""

    evaluatie_id: Id = Field(default_factory=uuid4)
    plan_id: Id
    datum: Datum
    behaald: Behaald


def add(api: APIRouter, health: Health, own: OwnEvents) -> None:
    """The addresses of plans and their evaluations."""

    @api.post(
        "/plannen",
        summary="Een ondersteuningsplan vaststellen",
        status_code=201,
        tags=["plannen"],
        response_model=PlanAntwoord,
    )
    async def make(body: NewPlan) -> JSONResponse:
        async with health.connection() as tx, tx.transaction():
            held = await aanvraag.hold_aanvraag(tx, body.aanvraag_id)
            fouten = domain.faults_of_plan(held, body.datum, local_day(own.clock()))
            if fouten or held is None:
                raise RefusedError(fouten)
            await plan.insert_plan(tx, body.plan_id, held)
            ids = {"plan_id": body.plan_id, "client_id": held.client_id}
            told = await _keep(tx, own, ids, body, held.traceparent)
        return created(f"/v1/plannen/{body.plan_id}", told)

    @api.put(
        "/plannen/{planId}",
        summary="Een plan opnieuw vaststellen",
        tags=["plannen"],
        response_model=PlanAntwoord,
    )
    async def renew(plan_id: Annotated[UUID, Path(alias="planId")], body: PlanContent) -> dict[str, Any]:
        async with health.connection() as tx, tx.transaction():
            held = known(await plan.lock_plan(tx, plan_id), UNKNOWN)
            if fouten := domain.in_future("datum", body.datum, local_day(own.clock())):
                raise RefusedError(fouten)
            ids = {"plan_id": plan_id, "client_id": held.client_id}
            return await _keep(tx, own, ids, body, held.traceparent, held.versie)

    @api.get(
        "/plannen/{planId}",
        summary="Een plan, zoals het nu is, zonder teksten",
        tags=["plannen"],
        response_model=PlanAntwoord,
    )
    async def one(plan_id: Annotated[UUID, Path(alias="planId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            return wire(VASTGESTELD, known(await plan.find_plan(tx, plan_id), UNKNOWN))

    @api.post(
        "/evaluaties",
        summary="Een plan evalueren",
        status_code=201,
        tags=["plannen"],
        response_model=EvaluatieAntwoord,
    )
    async def evaluate(body: NewEvaluatie) -> JSONResponse:
        async with health.connection() as tx, tx.transaction():
            held = await plan.lock_plan(tx, body.plan_id)
            data = body.model_dump()
            fouten = domain.faults_of_evaluatie(held, data["behaald"], body.datum, local_day(own.clock()))
            if fouten or held is None:
                raise RefusedError(fouten)
            await plan.insert_evaluatie(tx, data)
            told = await tell(tx, own, GEEVALUEERD, data | {"client_id": held.client_id}, held.traceparent)
        return created(f"/v1/evaluaties/{body.evaluatie_id}", told)

    @api.get(
        "/evaluaties/{evaluatieId}",
        summary="Een evaluatie van een plan",
        tags=["plannen"],
        response_model=EvaluatieAntwoord,
    )
    async def evaluatie(evaluatie_id: Annotated[UUID, Path(alias="evaluatieId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            found = await plan.find_evaluatie(tx, evaluatie_id)
        return wire(GEEVALUEERD, known(found, "Deze evaluatie is hier niet bekend."))


async def _keep(
    tx: Connection,
    own: OwnEvents,
    ids: dict[str, UUID],
    body: PlanContent,
    traceparent: str | None,
    before: int = -1,
) -> dict[str, Any]:
    """Keep the next versie of a plan, of which `before` is the last, and have it told without its texts."""
    doelen = [doel.model_dump() for doel in body.doelen]
    told = {
        **ids,
        "versie": max(before + 1, await next_versie(tx, own.clock())),
        "datum": body.datum,
        "akkoord_client": body.akkoord_client,
        "doelen": len(doelen),
        "acties": domain.count_acties(doelen),
    }
    await plan.add_plan_versie(tx, told, doelen)
    return await tell(tx, own, VASTGESTELD, told, traceparent)
