"""What may be asked of billing over HTTP, under /v1."""

from fastapi import APIRouter

from services.billing.announce import Announcer
from services.billing.api import bijdrage, cak, instellingen, keten, maand, uitleg, vergelijking, werk
from services.billing.api.bijdrage import check
from services.billing.domain.instellingen import Instellingen
from shared.settings import Clock
from shared.web.health import Health

__all__ = ["check", "router"]


def router(health: Health, clock: Clock, started_with: Instellingen, says: Announcer) -> APIRouter:
    """The addresses of billing; by these settings months close, and are explained before any are in force."""
    api = APIRouter(prefix="/v1")
    bijdrage.add(api, health)
    cak.add(api, health, clock, says)
    instellingen.add(api, health)
    keten.add(api, health)
    maand.add(api, health, clock, started_with)
    uitleg.add(api, health, started_with)
    vergelijking.add(api, health, started_with)
    werk.add(api, health, clock)
    return api
