"""What a person sees: the months of a household, and of each why it was or was not charged."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.billing import uitleggen
from services.billing.domain import teksten
from services.billing.domain.cak import TOELICHTING_CAK
from services.billing.domain.instellingen import Instellingen
from services.billing.uitleggen import in_words
from shared.kalender import Month, format_month, local_day, parse_month
from shared.web.health import Health
from shared.web.page import Pages

MONTHS_SHOWN = 120
"""How many months of a household stand on its page: the latest."""


def router(health: Health, pages: Pages, started_with: Instellingen) -> APIRouter:
    """The pages of billing."""
    routes = APIRouter(include_in_schema=False)
    shown: dict[str, Any] = {
        "cak": TOELICHTING_CAK,
        "teksten": teksten,
        "format_month": format_month,
        "local_day": local_day,
    }

    @routes.get("/huishoudens/{huishouden}")
    async def household(request: Request, huishouden: str) -> Response:
        huishouden_id = _household(huishouden)
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            months = None
            if huishouden_id is not None:
                months = await uitleggen.months(tx, huishouden_id, started_with)
        if months is None:
            return pages.page(request, "onbekend.html", 404, **shown)
        more = len(months) > MONTHS_SHOWN
        return pages.page(
            request, "huishouden.html", id=huishouden_id, months=months[:MONTHS_SHOWN], more=more, **shown
        )

    @routes.get("/huishoudens/{huishouden}/maanden/{maand}")
    async def month(request: Request, huishouden: str, maand: str) -> Response:
        huishouden_id, asked = _household(huishouden), _month(maand)
        async with health.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
            found = None
            if huishouden_id is not None and asked is not None:
                found = await uitleggen.explain(tx, huishouden_id, asked, started_with)
        if found is None:
            return pages.page(request, "onbekend.html", 404, **shown)
        words = partial(in_words, taal=pages.taal(request))
        return pages.page(request, "maand.html", verklaring=found, words=words, **shown)

    return routes


def _household(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _month(text: str) -> Month | None:
    try:
        return parse_month(text)
    except ValueError:
        return None
