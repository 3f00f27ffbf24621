"""Dead letters as a workbench, the same in every service: over HTTP under `/v1/dood`, and as pages under `/dood`."""

from fastapi import APIRouter

from shared.settings import Clock
from shared.web.described import About
from shared.web.dood import api, pages
from shared.web.dood.acts import Acts
from shared.web.health import Health


def router(health: Health, clock: Clock, about: About) -> APIRouter:
    """The addresses of both."""
    acts = Acts(health, clock)
    routes = APIRouter()
    routes.include_router(api.router(acts))
    routes.include_router(pages.router(acts, about))
    return routes
