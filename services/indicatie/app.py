"""Indicatie, put together: `python -m services.indicatie.app`."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import files

from services.indicatie import api
from services.indicatie.handlers import IntakeHandler
from services.indicatie.store import lezen
from shared.contracts.contract import INTAKE
from shared.messaging.outbox import Relay
from shared.messaging.own import OwnEvents
from shared.messaging.source import StreamSettings
from shared.messaging.stream import Stream
from shared.messaging.topics import topics_pattern
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings
from shared.web.health import Loop

PORT = 8002
"""Where indicatie listens unless it is told otherwise."""


def service(settings: ServiceSettings) -> Service:
    """Indicatie as a service."""
    return Service(
        name="indicatie",
        port=PORT,
        title="Wijkzorg: indicaties en ondersteuningsplannen",
        settings=settings,
        migrations=files("services.indicatie") / "migrations",
        reads=(INTAKE,),
        waiting=lezen.waiting,
        loops=_loops,
        api=partial(api.router, own=OwnEvents.of("indicatie", settings)),
    )


def _loops(parts: Parts) -> Sequence[Loop]:
    settings = parts.settings
    kafka, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    stream = StreamSettings(
        name="intake",
        pattern=topics_pattern(prefix, (INTAKE,)),
        group=f"{prefix}.indicatie",
        bootstrap_servers=kafka,
        batch_records_max=settings.batch_records_max,
        metadata_max_age_ms=int(settings.metadata_max_age_seconds * 1000),
        session_timeout_ms=int(settings.session_timeout_seconds * 1000),
    )
    return [
        Stream(stream, parts.pool, IntakeHandler(parts.clock)),
        Relay(settings.database_dsn.get_secret_value(), kafka),
    ]


if __name__ == "__main__":
    sys.exit(main("indicatie", service))
