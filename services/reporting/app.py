"""Reporting, put together: `python -m services.reporting.app`."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import files

from fastapi import APIRouter

from services.reporting import api, pages
from services.reporting.handlers import BijdrageHandler, EigenaarHandler, OntvangstHandler
from services.reporting.store import cijfers
from shared import gemeente
from shared.contracts.contract import BIJDRAGE, INDICATIE, INTAKE, ONTVANGST
from shared.messaging.source import StreamSettings
from shared.messaging.stream import Stream
from shared.messaging.topics import topics_pattern
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings, clock_of
from shared.web.health import Health, Loop
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
        routes.include_router(frame.router())
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
    )


def _loops(parts: Parts) -> Sequence[Loop]:
    settings = parts.settings
    kafka, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    stream = partial(
        StreamSettings,
        group=f"{prefix}.reporting",
        bootstrap_servers=kafka,
        batch_records_max=settings.batch_records_max,
        metadata_max_age_ms=int(settings.metadata_max_age_seconds * 1000),
        session_timeout_ms=int(settings.session_timeout_seconds * 1000),
    )
    owners = stream(name="eigenaar", pattern=topics_pattern(prefix, (INTAKE, INDICATIE)))
    receipts = stream(
        name="ontvangst",
        pattern=topics_pattern(prefix, (ONTVANGST,)),
        batch_records_max=min(settings.batch_records_max, RECEIPTS_MAX),
    )
    ledger = stream(name="bijdrage", pattern=topics_pattern(prefix, (BIJDRAGE,)))
    return [
        Stream(owners, parts.pool, EigenaarHandler(parts.clock)),
        Stream(receipts, parts.pool, OntvangstHandler(parts.clock)),
        Stream(ledger, parts.pool, BijdrageHandler(parts.clock)),
    ]


if __name__ == "__main__":
    sys.exit(main("reporting", service))
