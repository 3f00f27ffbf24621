"""Whether the chains of definitive lines hold: page by page for who asks, and all of it for `/v1/controle`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.billing.answers.keten import KetenAntwoord
from services.billing.domain import controle
from services.billing.domain.keten import Breuk, breuken
from services.billing.store import keten
from services.billing.store.keten import Bladzijde
from shared.controle import Controle
from shared.db import Connection
from shared.kalender import format_month
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page


def add(api: APIRouter, health: Health) -> None:
    """The address of the chains."""

    @api.get("/keten", summary="Of de keten van definitieve regels van elk huishouden klopt", tags=["beheer"])
    async def chains(
        request: Request,
        na: Annotated[UUID | None, Query(description="het laatste huishouden van de vorige pagina")] = None,
        limiet: Limiet = LIMIT_MAX,
    ) -> KetenAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found, broken = await _page(tx, na, limiet)
        more = [*found.huishoudens, found.huishoudens[-1]] if len(found.huishoudens) == limiet else []
        _, following = page(request, more, limiet, lambda last: {"na": last})
        return {
            "huishoudens": len(found.huishoudens),
            "schakels": len(found.schakels),
            "breuken": [
                {
                    "huishoudenId": str(breuk.huishouden_id),
                    "maand": format_month(breuk.maand),
                    "versie": breuk.versie,
                    "uitleg": breuk.uitleg,
                }
                for breuk in broken
            ],
            "volgende": following,
        }


async def check(connection: Connection) -> Controle:
    """Whether every chain holds: all households, a page at a time."""
    broken: list[Breuk] = []
    after, links = None, 0
    while True:
        found, wrong = await _page(connection, after, LIMIT_MAX)
        broken += wrong
        links += len(found.schakels)
        if not found.huishoudens:
            return controle.of_chains(broken, links, await keten.astray(connection))
        after = found.huishoudens[-1]


async def _page(connection: Connection, after: UUID | None, limit: int) -> tuple[Bladzijde, list[Breuk]]:
    found = await keten.page(connection, after, limit)
    sluiting = await keten.latest(connection)
    lines: dict[UUID, list[Any]] = {id_: [] for id_ in found.huishoudens}
    schakels: dict[UUID, list[Any]] = {id_: [] for id_ in found.huishoudens}
    for line in found.lines:
        lines[line["huishouden_id"]].append(line)
    for schakel in found.schakels:
        schakels[schakel.huishouden_id].append(schakel)
    return found, [b for id_ in found.huishoudens for b in breuken(schakels[id_], lines[id_], sluiting)]
