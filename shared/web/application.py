"""The HTTP side of a service, put together: its API, its problems, its description of itself, and how it is doing."""

from fastapi import APIRouter, FastAPI

from shared.web import described, problem
from shared.web.described import About
from shared.web.health import Health
from shared.web.trace import TraceMiddleware


def application(about: About, health: Health, *apis: APIRouter) -> FastAPI:
    """What answers the requests to this service."""
    app = FastAPI(title=about.title, version=problem.API_VERSION, openapi_url=None, redirect_slashes=False)
    problem.install(app)
    app.add_middleware(TraceMiddleware)
    app.include_router(health.router())
    for api in apis:
        app.include_router(api)
    app.include_router(described.router(app, about))
    return app
