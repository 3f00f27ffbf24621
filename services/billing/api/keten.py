"""Whether the chains of definitive lines hold: page by page for who asks, and all of it for `/v1/controle`."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.billing.answers.keten import KetenAntwoord
from services.billing.domain import controle
from services.billing.domain.keten import Breuk, Dossier, Sluiting, breuken
from services.billing.store import keten
from shared.controle import Controle
from shared.db import Connection
from shared.kalender import format_month
from shared.web.health import Health
from shared.web.paging import LIMIT_MAX, Limiet, page


def add(api: APIRouter, health: Health) -> None:
    """The address of the chains."""

    @api.get(
        "/keten",
        summary="Of de keten van definitieve regels en overzichten van elk huishouden klopt",
        tags=["beheer"],
    )
    async def chains(
        request: Request,
        na: Annotated[UUID | None, Query(description="het laatste huishouden van de vorige pagina")] = None,
        limiet: Limiet = LIMIT_MAX,
    ) -> KetenAntwoord:
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found = await keten.page(tx, na, limiet)
            broken = _broken(found, await keten.latest(tx))
            has_more = len(found) == limiet
            afwijkingen = [] if has_more else await keten.afwijkingen(tx)
        _, following = page(
            request, [*found, *list(found)[-1:]] if has_more else [], limiet, lambda last: {"na": last}
        )
        return {
            "huishoudens": len(found),
            "schakels": _links(found),
            "breuken": [
                {
                    "huishoudenId": str(breuk.huishouden_id),
                    "maand": format_month(breuk.maand),
                    "versie": breuk.versie,
                    "uitleg": breuk.uitleg,
                }
                for breuk in broken
            ],
            "maanden": [{"maand": format_month(one.maand), "uitleg": one.uitleg} for one in afwijkingen],
            "volgende": following,
        }


async def check(connection: Connection) -> Controle:
    """Whether every chain holds: all households, a page at a time; and every month is as it was closed."""
    broken: list[Breuk] = []
    after, links = None, 0
    sluiting = await keten.latest(connection)
    while found := await keten.page(connection, after, LIMIT_MAX):
        broken += _broken(found, sluiting)
        links += _links(found)
        after = list(found)[-1]
    afwijkingen = await keten.afwijkingen(connection)
    return controle.of_chains([*broken, *afwijkingen], links, await keten.astray(connection))


def _broken(found: Mapping[UUID, Dossier], sluiting: Sluiting | None) -> list[Breuk]:
    return [breuk for dossier in found.values() for breuk in breuken(dossier, sluiting)]


def _links(found: Mapping[UUID, Dossier]) -> int:
    return sum(len(dossier.schakels) for dossier in found.values())
