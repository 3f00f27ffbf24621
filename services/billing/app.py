"""Billing, put together: `python -m services.billing.app`."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import files

from services.billing import api
from services.billing.announce import Announcer
from services.billing.bepalen import Determination
from services.billing.domain.instellingen import Instellingen
from services.billing.handlers.aanbieder import AanbiederHandler
from services.billing.handlers.eigenaar import EigenaarHandler
from services.billing.handlers.verteld import Told, settling
from services.billing.instellingen.lezen import load
from services.billing.sluiten import Sluiten
from services.billing.store import lezen
from shared.contracts.contract import GEBRUIK, INDICATIE, INTAKE, ONTVANGST
from shared.messaging import topics
from shared.messaging.logs import ends_of
from shared.messaging.loop import Loop
from shared.messaging.own import OwnEvents
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings, clock_of

PORT = 8003
"""Where billing listens unless it is told otherwise."""


def service(settings: ServiceSettings) -> Service:
    """Billing as a service."""
    reads = (INTAKE, INDICATIE, GEBRUIK)
    ends = partial(
        ends_of, settings.kafka_bootstrap_servers, topics.topics_pattern(settings.topic_prefix, reads)
    )
    instellingen = load(settings.instellingen)
    return Service(
        name="billing",
        port=PORT,
        title="Wijkzorg: eigen bijdrage",
        settings=settings,
        migrations=files("services.billing") / "migrations",
        reads=reads,
        waiting=lezen.waiting,
        work=lezen.work,
        loops=partial(_loops, instellingen),
        api=partial(api.router, clock=clock_of(settings.clock), started_with=instellingen),
        hears=Told(OwnEvents.of("billing", settings), ends),
        check=api.check,
    )


def announcer(parts: Parts) -> Announcer:
    """Who makes billing's events."""
    return Announcer(OwnEvents.of("billing", parts.settings))


def _loops(instellingen: Instellingen, parts: Parts) -> Sequence[Loop]:
    says = announcer(parts)
    kafka, prefix = parts.settings.kafka_bootstrap_servers, parts.settings.topic_prefix
    receipt_topic = partial(topics.declare, kafka, prefix, (ONTVANGST,))
    return [
        parts.stream("eigenaar", (INTAKE, INDICATIE), EigenaarHandler(parts.clock, says)),
        parts.stream("aanbieder", (GEBRUIK,), AanbiederHandler(parts.clock, says)),
        Determination(parts.pool, instellingen, parts.clock, says, lambda: parts.heard),
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
