"""Intake, put together: `python -m services.intake.app`."""

import sys
from importlib.resources import files

from fastapi import APIRouter

from services.intake import api
from services.intake.announce import Announcer
from services.intake.store import lezen, ontbrekend
from shared import gemeente
from shared.messaging.lacking import OwnFacts
from shared.messaging.own import OwnEvents
from shared.service import Service, main
from shared.settings import ServiceSettings
from shared.web.health import Health

PORT = 8001
"""Where intake listens unless it is told otherwise."""


def service(settings: ServiceSettings) -> Service:
    """Intake as a service. Raises GemeenteError where the municipality's file is wrong."""
    here = gemeente.load(settings.gemeente_file)
    says = Announcer(OwnEvents.of("intake", settings))

    def router(health: Health) -> APIRouter:
        return api.router(health, says, here)

    return Service(
        name="intake",
        port=PORT,
        title="Wijkzorg: melding, onderzoek en aanvraag",
        settings=settings,
        migrations=files("services.intake") / "migrations",
        reads=(),
        waiting=lezen.waiting,
        loops=lambda parts: [parts.relay()],
        api=router,
        hears=OwnFacts(says.own, ontbrekend.lacks),
    )


if __name__ == "__main__":
    sys.exit(main("intake", service))
