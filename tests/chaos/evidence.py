"""What a system shows: the records of its topics as they lie, and what its APIs answer."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
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
AT_ONCE = 8
Wire = dict[str, Any]


@dataclass
class Evidence:
    """`sent`, `verdicts`, `lines` and `told` are of topics, in their order; the rest is what APIs answer.

    `around`: the keys and headers of all records of our own topics, and what providers are told whole. `dead`: by
    service the records that it has put apart.
    """

    sent: dict[str, list[bytes | None]]
    verdicts: dict[str, list[Wire]]
    lines: list[Wire]
    told: list[tuple[str, bytes | None]]
    judged: dict[str, list[Wire]]
    ledger: list[tuple[tuple[str, str], int]]
    households: dict[str, list[Wire]]
    wijken: Wire
    dead: dict[str, list[Wire]]
    controls: dict[str, list[Wire]]
    around: list[str]

    @property
    def events(self) -> int:
        """How many records there are on all topics."""
        receipts = sum(map(len, self.verdicts.values()))
        return sum(map(len, self.sent.values())) + receipts + len(self.lines) + len(self.told)


async def gather(wijkzorg: Wijkzorg, services: Mapping[str, str], city: City, now: Month) -> Evidence:
    """Read every topic whole, and ask every service."""
    ours = [wijkzorg.topic(owned) for owned in (INTAKE, INDICATIE)]
    told = [record for topic in ours for record in await wijkzorg.records(topic)]
    lines = await wijkzorg.records(wijkzorg.topic(BIJDRAGE))
    receipts = {agb: await wijkzorg.records(wijkzorg.topic(ONTVANGST, agb)) for agb in city.aanbieders}
    said = [json.loads(record.value) for record in lines]
    huishoudens = {event["data"]["huishoudenId"] for event in said}
    huishoudens |= {str(home.huishouden_id) for circle in city.circles for home in circle.homes}
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX, verify=NO_TLS) as client:
        ask = _Asking(client, services)
        asked = sorted(huishoudens)
        answers = await ask.each("billing", [f"/v1/huishoudens/{one}/bijdragen" for one in asked])
        return Evidence(
            sent={
                agb: [r.value for r in await wijkzorg.records(wijkzorg.topic(GEBRUIK, agb))]
                for agb in city.aanbieders
            },
            verdicts={
                agb: [line for r in found for line in json.loads(r.value)["data"]["oordelen"]]
                for agb, found in receipts.items()
            },
            lines=said,
            told=[(record.key.decode(), record.value) for record in told],
            judged={
                agb: await ask.pages("billing", f"/v1/ontvangsten?aanbieder={agb}", "ontvangsten")
                for agb in city.aanbieders
            },
            ledger=await figures.ledger_rows(services["billing"], range(figures.SINCE, now + 1)),
            households={one: answer.get("bijdragen", []) for one, answer in zip(asked, answers, strict=True)},
            wijken=await ask("reporting", "/v1/wijken"),
            dead={name: await ask.dead(name) for name in services},
            controls=(await asyncio.to_thread(diep.check, services))["controles"],
            around=[
                *(f"{record.key} {record.headers}" for record in chain(told, lines, *receipts.values())),
                *(record.value.decode() for record in chain(*receipts.values())),
            ],
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
            if answer.status_code == httpx.codes.NOT_FOUND:
                return {}
            return None if answer.is_server_error else answer.raise_for_status().json()

        return await until(answered, f"{service} to answer GET {path}")

    async def each(self, service: str, paths: Sequence[str]) -> list[Any]:
        """What is answered to each of these, some asked at once."""
        found: list[Any] = []
        for start in range(0, len(paths), AT_ONCE):
            found += await asyncio.gather(*(self(service, path) for path in paths[start : start + AT_ONCE]))
        return found

    async def pages(self, service: str, path: str, of: str) -> list[Wire]:
        """Every row of a list, page by page."""
        rows: list[Wire] = []
        page: str | None = path
        while page:
            answer = await self(service, page)
            rows += answer[of]
            page = answer["volgende"]
        return rows

    async def dead(self, service: str) -> list[Wire]:
        """Every record that a service put apart, whatever people did about it since."""
        letters = await self.pages(service, "/v1/dood?besluit=alle", "brieven")
        return [letter for letter in letters if "apartOp" in letter]
