"""Every service stopped and started in turn while usage and residents keep coming: nothing lost or double."""

import asyncio
import json
import sys

import pytest

from shared.contracts.contract import GEBRUIK, INTAKE, ONTVANGST
from tests.e2e import crowd
from tests.e2e.load import Residents, steadily
from tests.harness import Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

pytestmark = pytest.mark.city

SERVICES = ("intake", "indicatie", "billing", "reporting")
WAIT_SECONDS_MAX = 60.0


async def longest_wait(wijkzorg: Wijkzorg) -> float:
    """Of all uses, the most seconds between the broker's stamp on it and that on the first verdict about it."""
    waits: list[float] = []
    for agb in AANBIEDERS:
        told: dict[int, int] = {}
        for record in await wijkzorg.records(wijkzorg.topic(ONTVANGST, agb)):
            for line in json.loads(record.value)["data"]["oordelen"]:
                told.setdefault(line["plaats"], record.timestamp)
        uses = await wijkzorg.records(wijkzorg.topic(GEBRUIK, agb))
        waits += [(told[use.offset] - use.timestamp) / 1000 for use in uses]
    return max(waits)


async def restart(wijkzorg: Wijkzorg, residents: Residents, service: str) -> None:
    """Stop a service as an operator does, start it, and see that work goes on."""
    (copy,) = wijkzorg.running_of(service)
    await crowd.stops_in_time(copy)
    await copy.start()
    handled, reported = await crowd.handled_records(wijkzorg), len(residents.reported)

    async def goes_on() -> bool:
        return await crowd.handled_records(wijkzorg) > handled and len(residents.reported) > reported

    await eventually(goes_on, "records and meldingen to come through")


async def test_every_service_restarted_in_turn_under_load_loses_and_doubles_nothing(
    wijkzorg: Wijkzorg,
) -> None:
    events = random_events(seed=3, clients=250, months=24)
    residents, enough = Residents(wijkzorg), asyncio.Event()
    await wijkzorg.register(*AANBIEDERS)
    await asyncio.gather(*(wijkzorg.start(service) for service in SERVICES))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(steadily(wijkzorg, crowd.messages(wijkzorg, events), enough))
        tasks.create_task(residents.report(enough))
        for service in SERVICES:
            await restart(wijkzorg, residents, service)
        enough.set()
    await crowd.require_all_right(wijkzorg, events)
    await residents.require_told(wijkzorg.topic(INTAKE))
    await wijkzorg.handled(service="reporting")
    reported = await wijkzorg.fetch(
        "select huishouden_id::text, format('%s-%s', maand / 12, lpad((maand % 12 + 1)::text, 2, '0')), totaal_cent"
        " from bijdrage where totaal_cent <> 0",
        service="reporting",
    )
    assert {(row[0], row[1]): row[2] for row in reported} == await wijkzorg.ledger()
    waited = await longest_wait(wijkzorg)
    sys.stdout.write(f"no use waited longer than {waited:.1f} s for its verdict\n")
    assert waited < WAIT_SECONDS_MAX
