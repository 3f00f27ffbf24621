"""What may be asked of indicatie over HTTP, under /v1."""

from fastapi import APIRouter

from services.indicatie.answers import TellingenAntwoord
from services.indicatie.api import aanvraag, indicatie, plan
from services.indicatie.store import lezen
from shared.messaging.own import OwnEvents
from shared.web.health import Health


def router(health: Health, own: OwnEvents) -> APIRouter:
    """The addresses of indicatie; `own` makes its events, at its clock."""
    api = APIRouter(prefix="/v1")
    aanvraag.add(api, health)
    indicatie.add(api, health, own)
    plan.add(api, health, own)

    @api.get(
        "/tellingen",
        summary="Hoeveel er van alles is",
        tags=["tellingen"],
        response_model=TellingenAntwoord,
    )
    async def tellingen() -> dict[str, int]:
        async with health.connection() as tx:
            return await lezen.counts(tx)

    return api
