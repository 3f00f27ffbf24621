"""Indicatie, put together: `python -m services.indicatie.app`."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import files

from services.indicatie import api
from services.indicatie.handlers import IntakeHandler
from services.indicatie.store import lezen, ontbrekend
from services.indicatie.store.rebuilt import COMPARED, KEPT
from shared.contracts.contract import INTAKE
from shared.messaging.lacking import OwnFacts
from shared.messaging.loop import Loop
from shared.messaging.own import OwnEvents
from shared.messaging.rebuilt import Rebuilt
from shared.service import Parts, Service, main
from shared.settings import ServiceSettings

PORT = 8002
"""Where indicatie listens unless it is told otherwise."""


def service(settings: ServiceSettings) -> Service:
    """Indicatie as a service."""
    own = OwnEvents.of("indicatie", settings)
    return Service(
        name="indicatie",
        port=PORT,
        title="Wijkzorg: indicaties en ondersteuningsplannen",
        settings=settings,
        migrations=files("services.indicatie") / "migrations",
        reads=(INTAKE,),
        waiting=lezen.waiting,
        loops=_loops,
        api=partial(api.router, own=own),
        hears=OwnFacts(own, ontbrekend.lacks, ontbrekend.take_back),
    )


def rebuilt(_settings: ServiceSettings) -> Rebuilt:
    """What of indicatie follows from the log: what it holds of intake's facts."""
    return Rebuilt(COMPARED, KEPT)


def _loops(parts: Parts) -> Sequence[Loop]:
    return [parts.stream("intake", (INTAKE,), IntakeHandler(parts.clock)), parts.relay()]


if __name__ == "__main__":
    sys.exit(main("indicatie", service))
