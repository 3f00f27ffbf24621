"""A city played through the doors of real services: billing's ledger is the simulation's truth, however it is played."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from shared import gemeente
from shared.contracts.contract import GEBRUIK
from shared.contracts.event import format_moment
from shared.messaging.producer import Message
from simulation.city import City, plan
from simulation.doors import Door, PlayError
from simulation.messages import records
from simulation.play import Doors, play, providers
from simulation.truth import expected_verdicts, owed
from tests.harness import Copy, Wijkzorg, eventually

pytestmark = pytest.mark.city
CITY = plan(gemeente.load(None), clients=25, months=4, seed=7)


async def services(wijkzorg: Wijkzorg) -> Doors:
    """Intake, indicatie and billing, at the clock of the city."""
    wijkzorg.clock = format_moment(CITY.clock)
    intake, indicatie, _ = [await wijkzorg.start(name) for name in ("intake", "indicatie", "billing")]
    return Doors(intake.url, indicatie.url, wijkzorg.kafka, wijkzorg.prefix)


async def require_true(wijkzorg: Wijkzorg, city: City) -> None:
    """All has come through, and is what the simulation knows."""
    for service in ("intake", "indicatie", "billing"):
        await wijkzorg.handled(service=service)
    assert await wijkzorg.ledger() == owed(city)
    found = Counter([o for agb in providers(city) for o in (await wijkzorg.verdicts(agb)).values()])
    found["inAfwachting"] = found.pop("in_afwachting", 0)
    assert found + Counter(ontvangen=found.total()) == Counter(expected_verdicts(city))


async def test_a_played_city_owes_what_the_simulation_says_also_when_it_is_played_again(
    wijkzorg: Wijkzorg,
) -> None:
    doors = await services(wijkzorg)
    for _ in range(2):
        left: list[int] = []
        await play(CITY, doors, lambda done, total: left.append(total - done))  # noqa: B023 - called in this turn
        assert left[-1] == 0
        await require_true(wijkzorg, CITY)


async def test_the_play_goes_on_where_providers_broke_off_and_while_services_are_killed(
    wijkzorg: Wijkzorg,
) -> None:
    doors = await services(wijkzorg)
    await wijkzorg.register(*providers(CITY))
    for agb, told in records(CITY).items():
        topic = wijkzorg.topic(GEBRUIK, agb)
        await wijkzorg.send([Message(topic, record.key, record.value) for record in told[:3]])
    progress = [0]
    playing = asyncio.create_task(play(CITY, doors, lambda done, _: progress.append(done)))

    async def further() -> bool:
        return playing.done() or progress[-1] > progress[0] + 20

    for service in ("intake", "indicatie", "billing"):
        await eventually(further, "the play to go on")
        assert not playing.done()
        progress[0] = progress[-1]
        await killed_and_started(wijkzorg, wijkzorg.running_of(service)[0])
    await playing
    await require_true(wijkzorg, CITY)


async def killed_and_started(wijkzorg: Wijkzorg, copy: Copy) -> None:
    """A service that goes without warning and comes back at the same address."""
    copy.kill()
    port = str(httpx.URL(copy.url).port)
    await wijkzorg.start(copy.service, ready=False, WIJKZORG_HTTP_PORT=port)


async def test_an_answer_that_should_not_be_stops_the_play_and_says_what_was_asked(
    wijkzorg: Wijkzorg,
) -> None:
    doors = await services(wijkzorg)
    named: dict[str, Any] = {"naam": "Een klanthouder"}
    async with httpx.AsyncClient() as http:
        intake = Door(http, "intake", doors.intake)
        with pytest.raises(PlayError, match=r"intake refused POST /v1/klanthouders: 400 .*naam"):
            await intake.post("/v1/klanthouders", {})
        with pytest.raises(PlayError, match="intake did not refuse a wrong POST"):
            await intake.refuses("/v1/klanthouders", named)
