"""The HTTP side of a service, put together: its API, its problems, its description of itself, and how it is doing."""

from fastapi import APIRouter, FastAPI

from shared.web import openapi, problem
from shared.web.health import Health
from shared.web.trace import TraceMiddleware


def application(title: str, health: Health, api: APIRouter) -> FastAPI:
    """What answers the requests to a service of this title."""
    app = FastAPI(
        title=title,
        version=problem.API_VERSION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problem.install(app)
    openapi.install(app)
    app.add_middleware(TraceMiddleware)
    app.include_router(health.router())
    app.include_router(api)
    return app
