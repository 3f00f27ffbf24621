"""The checker finds what is planted in a real system that was right: something lost, something double, something wrong."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local import Backends
from shared import gemeente
from shared.contracts.contract import BIJDRAGE, ONTVANGST
from shared.kalender import local_month
from shared.messaging.producer import Message
from simulation import city as cities
from simulation import play
from simulation.messages import Record
from simulation.values import City
from tests.chaos import checker
from tests.chaos.checker import Findings
from tests.chaos.evidence import Evidence, gather
from tests.chaos.planted import PLANTED, Plant
from tests.chaos.system import SERVICES
from tests.chaos.truth import Truth
from tests.conftest import own_databases, own_wijkzorg
from tests.harness import Wijkzorg
from wijkzorg import figures

pytestmark = pytest.mark.city
CLIENTS, MONTHS, SEED = 25, 4, 13


class Played:
    """A small city that was played, in a system that runs."""

    def __init__(self, wijkzorg: Wijkzorg, city: City, services: dict[str, str]) -> None:
        self.wijkzorg, self.city, self.services = wijkzorg, city, services
        self.now = local_month(datetime.now(UTC))
        self.known = Truth.of(city, self.now)

    async def evidence(self) -> Evidence:
        """What it shows now."""
        return await gather(self.wijkzorg, self.services, self.city, self.now)

    async def found(self) -> Findings:
        """What the checker says of it now."""
        return checker.judge(await self.evidence(), self.known)

    async def last(self, topic: str) -> Any:
        """The last event on a topic that somebody charged or judged."""
        return json.loads((await self.wijkzorg.records(topic))[-1].value)


@pytest.fixture
async def played(backends: Backends) -> AsyncIterator[Played]:
    city = cities.plan(gemeente.load(None), clients=CLIENTS, months=MONTHS, seed=SEED)
    async with own_databases(backends) as databases, own_wijkzorg(backends, databases) as wijkzorg:
        copies = [await wijkzorg.start(name, WIJKZORG_CLOCK=None) for name in SERVICES]
        services = {copy.service: copy.url for copy in copies}
        doors = play.Doors(services["intake"], services["indicatie"], wijkzorg.kafka, wijkzorg.prefix)
        await play.play(city, doors, lambda *_: None)
        await figures.all_is_handled(services)
        yield Played(wijkzorg, city, services)


def _is_found(plant: Plant, said: str, planted: Evidence, known: Truth) -> bool:
    plant(planted)
    found = checker.judge(planted, known)
    return any(said in one for one in (*found.lost, *found.double, *found.wrong))


async def test_what_is_planted_is_found(played: Played) -> None:
    right = await played.evidence()
    assert checker.judge(right, played.known) == Findings()
    assert played.known.unreadable, "a city without a record that nobody can read tries nothing"
    missed = [name for name, one in PLANTED.items() if not _is_found(*one, deepcopy(right), played.known)]
    assert not missed

    wijkzorg, agb = played.wijkzorg, played.city.aanbieders[0]
    line = await played.last(wijkzorg.topic(BIJDRAGE))
    twice = line | {"id": "planted", "data": line["data"] | {"bijdrageId": line["id"]}}
    await wijkzorg.send([Message(wijkzorg.topic(BIJDRAGE), "planted", json.dumps(twice).encode())])
    found = await played.found()
    assert len(found.double) >= 1
    assert line["data"]["huishoudenId"] in found.double[0]

    receipt = await played.last(wijkzorg.topic(ONTVANGST, agb))
    judged = receipt["data"]["oordelen"][-1]
    other = "afgewezen" if judged["oordeel"] != "afgewezen" else "geaccepteerd"
    wrong = judged | {"oordeel": other, "versie": judged["versie"] + 1}
    planted_receipt = receipt | {"id": "planted", "data": receipt["data"] | {"oordelen": [wrong]}}
    await wijkzorg.send(
        [Message(wijkzorg.topic(ONTVANGST, agb), "planted", json.dumps(planted_receipt).encode())]
    )
    found = await played.found()
    assert f"record {judged['plaats']} of {agb} is {other}, and should be {judged['oordeel']}" in found.wrong

    one_more = Record(agb, "", b"one more", "afgewezen")
    sent = dict(played.known.sent) | {agb: [*played.known.sent[agb], one_more]}
    more = replace(played.known, sent=sent, facts=played.known.facts | {"granted/1": {}})
    assert checker.judge(right, more).lost == [
        f"of what {agb} sent 1 records are not on its topic",
        f"record {len(played.known.sent[agb])} of {agb} has no verdict",
        "granted/1 was granted, and never told",
    ]
