"""What a service says of itself to who builds on it: two documents for programs, and a page of each for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from shared.contracts import outline
from shared.contracts.contract import TOPICS, Topic
from shared.web import asyncapi, openapi
from shared.web.page import Pages

PUBLIC = {"Access-Control-Allow-Origin": "*"}
"""A browser may read the documents from anywhere, as the NL API Design Rules ask: they have nothing of anyone."""


@dataclass(frozen=True)
class About:
    """A service, as far as others must know it."""

    name: str
    title: str
    topic_prefix: str
    reads: Sequence[Topic]
    theme_file: Path | None = None

    @property
    def tells(self) -> list[Topic]:
        """The topics on which it writes."""
        return [topic for topic in TOPICS if topic.writer == self.name]


def router(app: FastAPI, about: About) -> APIRouter:
    """The addresses of the documents and pages, and of the files that pages need."""
    routes = APIRouter(include_in_schema=False)
    pages = Pages("shared.web", "Wijkzorg", about.theme_file)
    api = cache(partial(openapi.describe, app))
    events = cache(
        partial(asyncapi.describe, about.name, about.title, about.topic_prefix, about.reads, about.tells)
    )

    @routes.get("/v1/openapi.json")
    async def openapi_document(request: Request) -> Response:
        return JSONResponse(api(request.scope.get("root_path", "")), headers=PUBLIC)

    @routes.get("/v1/asyncapi.json")
    async def asyncapi_document() -> Response:
        return JSONResponse(events(), headers=PUBLIC)

    @routes.get("/v1/openapi")
    async def openapi_page(request: Request) -> Response:
        document = api(request.scope.get("root_path", ""))
        return pages.page(request, "openapi.html", about=about, groups=openapi.shown(document))

    @routes.get("/v1/asyncapi")
    async def asyncapi_page(request: Request) -> Response:
        return pages.page(request, "asyncapi.html", about=about, document=events(), lines=outline.lines)

    routes.include_router(pages.router())
    return routes
