"""Intake as real processes: what it decides reaches its topic, each once, whoever is killed."""

from collections.abc import AsyncIterator

import pytest

from local import Backends
from shared.contracts.contract import INTAKE
from tests.component.intake import melding, person
from tests.conftest import own_databases, own_wijkzorg
from tests.harness import Wijkzorg


@pytest.fixture
async def wijkzorg(backends: Backends) -> AsyncIterator[Wijkzorg]:
    """Topics of this test's own, and an intake to be started on a database of its own."""
    async with own_databases(backends) as databases, own_wijkzorg(backends, databases) as own:
        yield own


async def test_what_was_decided_reaches_the_topic_though_a_copy_is_killed(wijkzorg: Wijkzorg) -> None:
    first, second = [await wijkzorg.start("intake") for _ in range(2)]
    for number in range(6):
        if number == 3:
            first.kill()
        copy = second if number > 2 else (first, second)[number % 2]
        answer = await copy.post("/v1/meldingen", melding(person(f"Anna {number}")) | {"datum": "2023-05-01"})
        assert answer.status_code == 201, answer.text
    assert (await wijkzorg.handled(service="intake"))["outbox"] == 0
    told = await wijkzorg.told(INTAKE)
    assert len({data["meldingId"] for data in told if "meldingId" in data}) == 6
    assert len({data["huishoudenId"] for data in told if "huishoudenId" in data}) == 6
    counts = (await second.get("/v1/tellingen")).json()
    assert (counts["meldingen"], counts["clienten"], counts["clientenZonderKlanthouder"]) == (6, 6, 6)
