"""The HTTP side of a service in this process, on a real database; what it would tell lies in its outbox.

Whatever it answers in any test is held against what it says of itself.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from shared import db
from shared.messaging.topics import Ends
from shared.service import Parts, Service
from shared.settings import clock_of
from shared.web import openapi
from shared.web.health import Health
from tests.answered import Described

_DESCRIBED: dict[str, Described] = {}


class Api(httpx.AsyncClient):
    """A client of a service's API, and a look into its database."""

    pool: db.Pool

    async def told(self, name: str = "") -> list[dict[str, Any]]:
        """The events in the outbox, in order; those of one name, or all."""
        rows = await self.pool.fetch("select payload from outbox order by id")
        events = [json.loads(row["payload"]) for row in rows if row["payload"]]
        return [event for event in events if name in event["type"]]


@asynccontextmanager
async def api_of(service: Service) -> AsyncIterator[Api]:
    """The API of a service whose settings name a migrated database; no loop of it runs."""
    pool = await db.open_pool(service.settings.dsn)
    health = Health(service.name, "^$", Ends(service.settings.kafka_bootstrap_servers), service.waiting)
    health.pool, settings = pool, service.settings
    health.loops = service.loops(Parts(service.name, settings, clock_of(settings.clock), pool))
    app = service.web(health)
    if service.name not in _DESCRIBED:
        _DESCRIBED[service.name] = Described(openapi.describe(app))

    async def is_as_described(answer: httpx.Response) -> None:
        await answer.aread()
        assert not _DESCRIBED[service.name].faults(answer)

    hooks = {"response": [is_as_described]}
    try:
        transport = httpx.ASGITransport(app)
        async with Api(transport=transport, base_url="http://service", event_hooks=hooks) as api:
            api.pool = pool
            yield api
    finally:
        await pool.close()
