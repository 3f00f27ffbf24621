"""What clients applied for: what waits for a decision, and what was decided."""

import json
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Path, Query, Request

from services.indicatie.answers import AanvraagAntwoord, AanvragenAntwoord
from services.indicatie.store import aanvraag
from shared.contracts.types import Zaaknummer
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page
from shared.web.resource import known


def add(api: APIRouter, health: Health) -> None:
    """The addresses of aanvragen."""

    @api.get(
        "/aanvragen",
        summary="Alle aanvragen, of die op een besluit wachten",
        tags=["aanvragen"],
        response_model=AanvragenAntwoord,
    )
    async def aanvragen(
        request: Request,
        only_open: Annotated[bool, Query(alias="open", description="alleen zonder besluit")] = False,
        na: Annotated[Zaaknummer | None, Query(description="de laatste van de vorige pagina")] = None,
        limiet: Limiet = LIMIT_MAX,
    ) -> dict[str, Any]:
        async with health.connection() as tx:
            found = await aanvraag.list_aanvragen(tx, only_open=only_open, after=na or "", limit=limiet + 1)
        rows, following = page(request, found, limiet, lambda last: {"na": last["aanvraag_id"]})
        return {"aanvragen": [_shown(row) for row in rows], "volgende": following}

    @api.get(
        "/aanvragen/{aanvraagId}",
        summary="Een aanvraag, en het besluit erop",
        tags=["aanvragen"],
        response_model=AanvraagAntwoord,
    )
    async def one(aanvraag_id: Annotated[Zaaknummer, Path(alias="aanvraagId")]) -> dict[str, Any]:
        async with health.connection() as tx:
            row = await aanvraag.find_aanvraag(tx, aanvraag_id)
        return _shown(known(row, "Deze aanvraag is hier niet bekend."))


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    return {
        **json.loads(row["aanvraag"]),
        "besluit": row["besluit"],
        "beschikkingNummer": row["beschikking_nummer"],
    }
