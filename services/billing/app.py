"""Billing, put together: `python -m services.billing.app`."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import files

from services.billing import api
from services.billing.announce import Announcer
from services.billing.bepalen import Determination
from services.billing.domain.regels import Regels
from services.billing.handlers.aanbieder import AanbiederHandler
from services.billing.handlers.eigenaar import EigenaarHandler
from services.billing.handlers.verteld import Told, settling
from services.billing.store import lezen
from shared.contracts.contract import GEBRUIK, INDICATIE, INTAKE, ONTVANGST
from shared.messaging import topics
from shared.messaging.logs import ends_of
from shared.messaging.loop import Loop
from shared.messaging.own import OwnEvents
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings

PORT = 8003
"""Where billing listens unless it is told otherwise."""


def service(settings: ServiceSettings) -> Service:
    """Billing as a service."""
    reads = (INTAKE, INDICATIE, GEBRUIK)
    ends = partial(
        ends_of, settings.kafka_bootstrap_servers, topics.topics_pattern(settings.topic_prefix, reads)
    )
    return Service(
        name="billing",
        port=PORT,
        title="Wijkzorg: eigen bijdrage",
        settings=settings,
        migrations=files("services.billing") / "migrations",
        reads=reads,
        waiting=lezen.waiting,
        loops=_loops,
        api=api.router,
        hears=Told(OwnEvents.of("billing", settings).source, ends),
        check=api.check,
    )


def announcer(parts: Parts) -> Announcer:
    """Who makes billing's events."""
    return Announcer(OwnEvents.of("billing", parts.settings))


def _loops(parts: Parts) -> Sequence[Loop]:
    says = announcer(parts)
    kafka, prefix = parts.settings.kafka_bootstrap_servers, parts.settings.topic_prefix
    receipt_topic = partial(topics.declare, kafka, prefix, (ONTVANGST,))
    return [
        parts.stream("eigenaar", (INTAKE, INDICATIE), EigenaarHandler(parts.clock, says)),
        parts.stream("aanbieder", (GEBRUIK,), AanbiederHandler(parts.clock, says)),
        Determination(parts.pool, Regels(), parts.clock, says, lambda: parts.heard),
        parts.relay(says.receipts(receipt_topic), settling(says)),
    ]


if __name__ == "__main__":
    sys.exit(main("billing", service))
