"""The checker finds what is planted in a real system that was right: something lost, something double, something wrong."""

import json
from collections.abc import AsyncIterator
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
from simulation.values import City
from tests.chaos import checker
from tests.chaos.checker import Findings, Truth
from tests.chaos.system import SERVICES
from tests.conftest import own_databases, own_wijkzorg
from tests.harness import Wijkzorg
from wijkzorg import figures

pytestmark = pytest.mark.city
CLIENTS, MONTHS, SEED = 25, 4, 3


class Played:
    """A small city that was played, in a system that runs."""

    def __init__(self, wijkzorg: Wijkzorg, city: City, services: dict[str, str]) -> None:
        self.wijkzorg, self.city, self.services = wijkzorg, city, services
        self.now = local_month(datetime.now(UTC))

    async def found(self) -> Findings:
        """What the checker says of it now."""
        evidence = await checker.gather(self.wijkzorg, self.services, self.city, self.now)
        return checker.judge(evidence, Truth.of(self.city, self.now))

    async def last(self, topic: str) -> Any:
        """The last event on a topic that somebody charged or judged."""
        return json.loads((await self.wijkzorg.records(topic))[-1].value)


@pytest.fixture
async def played(backends: Backends) -> AsyncIterator[Played]:
    city = cities.plan(
        gemeente.load(None), clients=CLIENTS, months=MONTHS, seed=SEED, clock=datetime.now(UTC)
    )
    async with own_databases(backends) as databases, own_wijkzorg(backends, databases) as wijkzorg:
        copies = [await wijkzorg.start(name, WIJKZORG_CLOCK=None) for name in SERVICES]
        services = {copy.service: copy.url for copy in copies}
        doors = play.Doors(services["intake"], services["indicatie"], wijkzorg.kafka, wijkzorg.prefix)
        await play.play(city, doors, lambda *_: None)
        await figures.all_is_handled(services)
        yield Played(wijkzorg, city, services)


async def test_what_is_planted_is_found(played: Played) -> None:
    assert (await played.found()).none
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
    planted = receipt | {"id": "planted", "data": receipt["data"] | {"oordelen": [wrong]}}
    await wijkzorg.send([Message(wijkzorg.topic(ONTVANGST, agb), "planted", json.dumps(planted).encode())])
    found = await played.found()
    assert f"record {judged['plaats']} of {agb} is {other}, and should be {judged['oordeel']}" in found.wrong

    evidence = await checker.gather(wijkzorg, played.services, played.city, played.now)
    known = Truth.of(played.city, played.now)
    sent = dict(known.sent) | {agb: [*known.sent[agb], (b"one more", "afgewezen")]}
    lost = checker.judge(evidence, Truth(sent, known.owed, known.granted | {"granted/1"})).lost
    assert lost == [
        f"of what {agb} sent 1 records are not on its topic",
        f"record {len(known.sent[agb])} of {agb} has no verdict",
        "granted/1 was granted, and never told",
    ]
