"""Indicatie in the test's own process, on a real PostgreSQL: its API, and what intake tells it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr

from services.indicatie.app import service
from services.indicatie.handlers import IntakeHandler
from services.indicatie.store import lezen
from shared.settings import ServiceSettings
from tests.component.billing import Clock, as_wire
from tests.component.delivered import delivery
from tests.component.http import Api, api_of
from tests.unit.wire import AGB, ANNA, event

Wire = dict[str, Any]
CLOCK = Clock()
TODAY = "2026-06-15"
AANVRAAG = "aaaa0001-0000-4000-8000-000000000000"
ZIN = {
    "aanbieder": AGB,
    "productcategorie": "01",
    "ingangsdatum": "2026-07-01",
    "leveringsvorm": "zin",
}
PGB = {"productcategorie": "02", "ingangsdatum": "2026-07-01", "leveringsvorm": "pgb"}
DOEL = {
    "omschrijving": "weer zelf koken",
    "acties": [{"soort": "netwerk", "omschrijving": "de buurvrouw helpt"}, {"soort": "maatwerk"}],
}


def client(client_id: str = ANNA, versie: int = 1) -> Wire:
    """A client who is known."""
    return as_wire(
        event(
            "client-vastgesteld",
            f"client {client_id} {versie}",
            {"clientId": client_id, "versie": versie, "perioden": []},
        )
    )


def aanvraag(
    aanvraag_id: str = AANVRAAG, client_id: str = ANNA, time: str = "2026-06-01T09:00:00Z", **more: Any
) -> Wire:
    """An aanvraag of 1 June 2026 for household help, recorded at `time`."""
    content = {
        "aanvraagId": aanvraag_id,
        "meldingId": "melding-1",
        "clientId": client_id,
        "datum": "2026-06-01",
        "uiterlijk": "2026-06-15",
        "gevraagd": ["01"],
    }
    return as_wire(event("aanvraag-ingediend", f"{aanvraag_id} {time}", content | more, time=time))


def indicatie(*toewijzingen: Wire, aanvraag_id: str = AANVRAAG, **more: Any) -> Wire:
    """A decision that grants these toewijzingen; none is a refusal."""
    besluit = "toegekend" if toewijzingen else "afgewezen"
    return {
        "aanvraagId": aanvraag_id,
        "besluit": besluit,
        "besluitdatum": "2026-06-10",
        "toewijzingen": list(toewijzingen),
    } | more


def plan(*doelen: Wire, aanvraag_id: str = AANVRAAG, **more: Any) -> Wire:
    """A plan with these goals, which the client agrees with."""
    return {
        "aanvraagId": aanvraag_id,
        "datum": "2026-06-12",
        "doelen": list(doelen),
        "akkoordClient": True,
    } | more


class Indicatie:
    """Indicatie: ask it, and tell it what intake says."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.clock = CLOCK
        self._offset = 0

    async def heard(self, *events: Wire | str | bytes) -> None:
        """What intake says, in one batch: events, the key of an erasure, or bytes that are no event."""
        batch = []
        for said in events:
            raw = None if isinstance(said, str) else as_bytes(said)
            key = said.encode() if isinstance(said, str) else None
            batch.append(delivery("w.intake", self._offset, raw, key))
            self._offset += 1
        async with self.api.pool.acquire() as tx, tx.transaction():
            await IntakeHandler(self.clock).apply(tx, batch)

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Ask for something."""
        return await self.api.post(f"/v1/{path}", json=body)

    async def made(self, path: str, body: Any) -> Wire:
        """What was made of a request that it grants; its address leads to the same."""
        answer = await self.post(path, body)
        assert answer.status_code == 201, answer.text
        found = await self.api.get(answer.headers["location"])
        made: Wire = answer.json()
        assert found.json() == made
        return made

    async def get(self, path: str) -> Any:
        """What it says."""
        answer = await self.api.get(f"/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, path: str, body: Any) -> dict[str, str]:
        """Why it refuses a request, by field; nothing was kept or told of it."""
        before = await self.everything()
        answer = await self.post(path, body)
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert await self.everything() == before
        return {error["veld"]: error["uitleg"] for error in answer.json()["errors"]}

    async def everything(self) -> list[int]:
        """How many rows each table has."""
        row = await self.api.pool.fetchrow(
            "select (select count(*) from beschikking), (select count(*) from toewijzing),"
            " (select count(*) from toewijzing_versie), (select count(*) from plan),"
            " (select count(*) from plan_versie), (select count(*) from evaluatie), (select count(*) from outbox)"
        )
        assert row is not None
        return list(row)

    async def parked(self) -> int:
        """How many aanvragen wait for their client."""
        async with self.api.pool.acquire() as connection:
            return (await lezen.waiting(connection))["geparkeerd"]

    async def told(self, name: str) -> list[Wire]:
        """The data of the events of this name that it will tell, in order."""
        return [told["data"] for told in await self.api.told(name)]


def as_bytes(said: Wire | bytes) -> bytes:
    """A record's value."""
    return said if isinstance(said, bytes) else json.dumps(said).encode()


@asynccontextmanager
async def indicatie_on(dsn: str) -> AsyncIterator[Indicatie]:
    """Indicatie on this database, at 15 June 2026."""
    settings = ServiceSettings(
        database_dsn=SecretStr(dsn), KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1", clock=CLOCK()
    )
    async with api_of(service(settings)) as api:
        yield Indicatie(api)
