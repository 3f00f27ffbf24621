"""What may be asked of billing over HTTP, under /v1."""

from fastapi import APIRouter

from services.billing.api import bijdrage
from services.billing.api.bijdrage import check
from shared.web.health import Health

__all__ = ["check", "router"]


def router(health: Health) -> APIRouter:
    """The addresses of billing."""
    api = APIRouter(prefix="/v1")
    bijdrage.add(api, health)
    return api
