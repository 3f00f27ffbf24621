"""Reporting, put together: `python -m services.reporting.app`."""

import sys
from collections.abc import Sequence
from importlib.resources import files

from fastapi import APIRouter

from services.reporting import api, pages
from services.reporting.handlers import BijdrageHandler, EigenaarHandler, OntvangstHandler
from services.reporting.store import cijfers
from services.reporting.store.rebuilt import COMPARED
from shared import gemeente
from shared.contracts.contract import BIJDRAGE, INDICATIE, INTAKE, ONTVANGST
from shared.messaging.loop import Loop
from shared.messaging.rebuilt import Rebuilt
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings, clock_of
from shared.web.health import Health
from shared.web.page import Pages

PORT = 8004
"""Where reporting listens unless it is told otherwise."""
RECEIPTS_MAX = 100
"""Receipts handled in one transaction: each may hold 300 verdicts."""


def service(settings: ServiceSettings) -> Service:
    """Reporting as a service. Raises GemeenteError where the file of the municipality is wrong."""
    where = gemeente.load(settings.gemeente_file)
    frame = Pages("services.reporting", where.naam, settings.theme_file)

    def router(health: Health) -> APIRouter:
        routes = APIRouter()
        routes.include_router(api.router(health, where))
        routes.include_router(pages.router(health, where, frame, clock_of(settings.clock)))
        return routes

    return Service(
        name="reporting",
        port=PORT,
        title="Wijkzorg: cijfers per wijk",
        settings=settings,
        migrations=files("services.reporting") / "migrations",
        reads=(INTAKE, INDICATIE, ONTVANGST, BIJDRAGE),
        waiting=cijfers.waiting,
        loops=_loops,
        api=router,
        check=api.check,
    )


def rebuilt(_settings: ServiceSettings) -> Rebuilt:
    """What of reporting follows from the log: all."""
    return Rebuilt(COMPARED)


def _loops(parts: Parts) -> Sequence[Loop]:
    return [
        parts.stream("eigenaar", (INTAKE, INDICATIE), EigenaarHandler(parts.clock)),
        parts.stream("ontvangst", (ONTVANGST,), OntvangstHandler(parts.clock), records_max=RECEIPTS_MAX),
        parts.stream("bijdrage", (BIJDRAGE,), BijdrageHandler(parts.clock)),
    ]


if __name__ == "__main__":
    sys.exit(main("reporting", service))
