"""Billing, put together: `python -m services.billing.app`."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import files

from fastapi import APIRouter

from services.billing import api, pages
from services.billing.announce import Announcer
from services.billing.bepalen import Determination, determine_shadow
from services.billing.domain.instellingen import Instellingen
from services.billing.handlers.aanbieder import AanbiederHandler
from services.billing.handlers.eigenaar import EigenaarHandler
from services.billing.handlers.verteld import Told, settling
from services.billing.instellingen.lezen import load
from services.billing.sluiten import Sluiten, to_close
from services.billing.store import lezen
from services.billing.store import rebuilt as store
from shared import gemeente
from shared.contracts.contract import GEBRUIK, INDICATIE, INTAKE, ONTVANGST
from shared.db import Connection
from shared.messaging import topics
from shared.messaging.logs import ends_of
from shared.messaging.loop import Loop
from shared.messaging.own import OwnEvents
from shared.messaging.rebuilt import Rebuilt
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings, clock_of
from shared.web.health import Health
from shared.web.page import Pages

PORT = 8003
"""Where billing listens unless it is told otherwise."""


def service(settings: ServiceSettings) -> Service:
    """Billing as a service. Raises GemeenteError where the file of the municipality is wrong."""
    reads = (INTAKE, INDICATIE, GEBRUIK)
    ends = partial(
        ends_of, settings.kafka_bootstrap_servers, topics.topics_pattern(settings.topic_prefix, reads)
    )
    instellingen = load(settings.instellingen)
    frame = Pages("services.billing", gemeente.load(settings.gemeente_file).naam, settings.theme_file)

    def router(health: Health) -> APIRouter:
        routes = APIRouter()
        says = Announcer(OwnEvents.of("billing", settings))
        routes.include_router(api.router(health, clock_of(settings.clock), instellingen, says))
        routes.include_router(pages.router(health, frame, instellingen))
        return routes

    return Service(
        name="billing",
        port=PORT,
        title="Wijkzorg: eigen bijdrage",
        settings=settings,
        migrations=files("services.billing") / "migrations",
        reads=reads,
        waiting=partial(_waiting, settings, instellingen),
        work=lezen.work,
        loops=partial(_loops, instellingen),
        api=router,
        hears=Told(OwnEvents.of("billing", settings).source, ends),
        check=api.check,
    )


def rebuilt(settings: ServiceSettings) -> Rebuilt:
    """What of billing follows from the log."""
    says = Announcer(OwnEvents.of("billing", settings))
    settle = partial(determine_shadow, clock_of(settings.clock), says)
    return Rebuilt(store.COMPARED, store.KEPT, settle, store.unsettled)


async def _waiting(
    settings: ServiceSettings, instellingen: Instellingen, connection: Connection
) -> dict[str, int]:
    months = await to_close(
        connection, clock_of(settings.clock), instellingen, by_itself=settings.sluit_maanden
    )
    return await lezen.waiting(connection) | {"teSluitenMaanden": months}


def announcer(parts: Parts) -> Announcer:
    """Who makes billing's events."""
    return Announcer(OwnEvents.of("billing", parts.settings))


def _loops(instellingen: Instellingen, parts: Parts) -> Sequence[Loop]:
    says = announcer(parts)
    kafka, prefix = parts.settings.kafka_bootstrap_servers, parts.settings.topic_prefix
    receipt_topic = partial(topics.declare, kafka, prefix, (ONTVANGST,))
    uses = parts.stream("aanbieder", (GEBRUIK,), AanbiederHandler(parts.clock, says))
    return [
        parts.stream("eigenaar", (INTAKE, INDICATIE), EigenaarHandler(parts.clock, says)),
        uses,
        Determination(
            parts.pool,
            instellingen,
            parts.clock,
            says,
            lambda: parts.heard,
            is_behind=lambda: uses.source.is_behind,
        ),
        Sluiten(
            parts.pool,
            instellingen,
            parts.clock,
            says,
            lambda: parts.heard,
            by_itself=parts.settings.sluit_maanden,
        ),
        parts.relay(says.receipts(receipt_topic), settling(says)),
    ]


if __name__ == "__main__":
    sys.exit(main("billing", service))
