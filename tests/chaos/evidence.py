"""What a system shows: the records of its topics as they lie, and what its APIs answer."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from shared.contracts.contract import BIJDRAGE, GEBRUIK, INDICATIE, INTAKE, ONTVANGST
from shared.kalender import Month
from simulation.doors import until
from simulation.values import City
from tests.harness import Wijkzorg
from tests.process import NO_TLS
from wijkzorg import diep, figures

ASK_SECONDS_MAX = 60.0
Wire = dict[str, Any]


@dataclass
class Evidence:
    """`sent`, `verdicts`, `lines` and `told` are of topics, in their order; the rest is what APIs answer."""

    sent: dict[str, list[bytes | None]]
    verdicts: dict[str, list[Wire]]
    lines: list[Wire]
    told: list[tuple[str, bytes | None]]
    judged: dict[str, list[Wire]]
    ledger: list[tuple[tuple[str, str], int]]
    households: dict[str, list[Wire]]
    wijken: Wire
    dead_letters: int
    controls: dict[str, list[Wire]]

    @property
    def events(self) -> int:
        """How many records there are on all topics."""
        receipts = sum(map(len, self.verdicts.values()))
        return sum(map(len, self.sent.values())) + receipts + len(self.lines) + len(self.told)


async def gather(wijkzorg: Wijkzorg, services: Mapping[str, str], city: City, now: Month) -> Evidence:
    """Read every topic whole, and ask every service."""
    told: list[tuple[str, bytes | None]] = []
    for owned in (INTAKE, INDICATIE):
        told += [(r.key.decode(), r.value) for r in await wijkzorg.records(wijkzorg.topic(owned))]
    ledger = await figures.ledger_rows(services["billing"], range(figures.SINCE, now + 1))
    lines = [json.loads(r.value) for r in await wijkzorg.records(wijkzorg.topic(BIJDRAGE))]
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX, verify=NO_TLS) as client:
        ask = _Asking(client, services)
        return Evidence(
            sent={
                agb: [r.value for r in await wijkzorg.records(wijkzorg.topic(GEBRUIK, agb))]
                for agb in city.aanbieders
            },
            verdicts={
                agb: [line for data in await wijkzorg.told(ONTVANGST, agb) for line in data["oordelen"]]
                for agb in city.aanbieders
            },
            lines=lines,
            told=told,
            judged={agb: await ask.judged(agb) for agb in city.aanbieders},
            ledger=ledger,
            households={
                huishouden: (await ask("billing", f"/v1/huishoudens/{huishouden}/bijdragen"))["bijdragen"]
                for huishouden in sorted({event["data"]["huishoudenId"] for event in lines})
            },
            wijken=await ask("reporting", "/v1/wijken"),
            dead_letters=(await ask("billing", "/v1/stand"))["doodgelopen"],
            controls=(await asyncio.to_thread(diep.check, services))["controles"],
        )


class _Asking:
    """Questions to services that are well."""

    def __init__(self, client: httpx.AsyncClient, services: Mapping[str, str]) -> None:
        self._client, self._services = client, services

    async def __call__(self, service: str, path: str) -> Any:
        async def answered() -> Any:
            try:
                answer = await self._client.get(self._services[service] + path)
            except httpx.TransportError:
                return None
            return None if answer.is_server_error else answer.raise_for_status().json()

        return await until(answered, f"{service} to answer GET {path}")

    async def judged(self, agb: str) -> list[Wire]:
        """Every current verdict of a provider, page by page."""
        rows: list[Wire] = []
        page: str | None = f"/v1/ontvangsten?aanbieder={agb}"
        while page:
            answer = await self("billing", page)
            rows += answer["ontvangsten"]
            page = answer["volgende"]
        return rows
