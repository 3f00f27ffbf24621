"""What intake says, as it comes: twice, after a newer one, after an erasure, before its client, or as no event."""

import itertools
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from local import Backends
from shared.contracts.contract import INDICATIE, INTAKE
from tests.component.indicatie import AANVRAAG, ZIN, Indicatie, aanvraag, client, indicatie, indicatie_on
from tests.conftest import own_database, own_databases, own_wijkzorg
from tests.harness import eventually
from tests.unit.wire import ANNA, BERT, home

ERASURE = f"nl.wijkzorg.aanvraag-ingediend/{AANVRAAG}"
OLDER = aanvraag(time="2026-06-01T09:00:00Z", gevraagd=["01"])
NEWER = aanvraag(time="2026-06-02T09:00:00Z", gevraagd=["01", "02"])


@pytest.fixture
async def service(backends: Backends) -> AsyncIterator[Indicatie]:
    """Indicatie that has heard nothing yet."""
    async with own_database(backends, "indicatie") as dsn, indicatie_on(dsn) as own:
        yield own


async def asked(service: Indicatie) -> Any:
    """What the aanvraag asks for, by what indicatie knows of it; None where it does not know it."""
    answer = await service.api.get(f"/v1/aanvragen/{AANVRAAG}")
    return answer.json()["gevraagd"] if answer.status_code == 200 else None


async def test_the_newest_is_known_whatever_the_order_and_however_often_it_is_said(
    service: Indicatie,
) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        who = str(uuid4())
        older = aanvraag(f"a-{number}", who, "2026-06-01T09:00:00Z", gevraagd=["01"])
        newer = aanvraag(f"a-{number}", who, "2026-06-02T09:00:00Z", gevraagd=["01", "02"])
        for place in order:
            await service.heard((client(who), older, newer, newer)[place])
        assert (await service.get(f"aanvragen/a-{number}"))["gevraagd"] == ["01", "02"]


async def test_one_batch_says_the_same_as_many(service: Indicatie) -> None:
    await service.heard(client(versie=2), NEWER, OLDER, client(versie=1), OLDER)
    assert await asked(service) == ["01", "02"]
    assert 'versie": 2' in await service.api.pool.fetchval("select event::text from client")


async def test_an_aanvraag_is_erased_by_a_null_value_and_known_again_if_it_is_said_again(
    service: Indicatie,
) -> None:
    await service.heard(client(), NEWER)
    await service.heard(ERASURE)
    assert await asked(service) is None
    assert list(await service.refused("indicaties", indicatie(ZIN))) == ["aanvraagId"]
    await service.heard(OLDER)
    assert await asked(service) == ["01"]
    await service.heard(NEWER, ERASURE, OLDER)
    assert await asked(service) == ["01"]


async def test_a_decision_outlives_the_aanvraag_that_intake_erased(service: Indicatie) -> None:
    await service.heard(client(), OLDER)
    await service.made("indicaties", indicatie(ZIN))
    await service.heard(ERASURE)
    assert (await service.get("indicaties/1"))["aanvraagId"] == AANVRAAG
    await service.heard(OLDER)
    assert list(await service.refused("indicaties", indicatie(ZIN))) == ["aanvraagId"]


async def test_an_aanvraag_waits_until_its_client_is_known(service: Indicatie) -> None:
    await service.heard(OLDER)
    assert await asked(service) is None
    assert await service.get("aanvragen") == {"aanvragen": [], "volgende": None}
    assert await service.parked() == 1
    await service.heard(client(BERT))
    assert await asked(service) is None
    await service.heard(client(ANNA))
    assert await asked(service) == ["01"]
    assert await service.parked() == 0


async def test_what_is_no_event_lies_aside_and_blocks_nothing(service: Indicatie) -> None:
    await service.heard(b"{", client(), home(ANNA).encode(), OLDER, "no key", indicatie(ZIN))
    assert await asked(service) == ["01"]
    rows = await service.api.pool.fetch('select "offset", code from dead_letter order by "offset"')
    assert [tuple(row) for row in rows] == [(0, "onleesbaar"), (4, "onleesbaar"), (5, "onleesbaar")]


async def test_aanvragen_are_listed_page_by_page(service: Indicatie) -> None:
    names = sorted(f"a-{number}" for number in range(5))
    await service.heard(client(), *[aanvraag(name) for name in names])
    await service.made("indicaties", indicatie(ZIN, aanvraag_id="a-1"))
    found, following = [], "aanvragen?open=true&limiet=2"
    while following:
        answer = await service.get(following)
        found.append([row["aanvraagId"] for row in answer["aanvragen"]])
        following = (answer["volgende"] or "").removeprefix("/v1/")
    assert found == [["a-0", "a-2"], ["a-3", "a-4"]]
    assert len((await service.get("aanvragen"))["aanvragen"]) == 5


async def test_a_real_indicatie_hears_of_an_aanvraag_and_tells_its_decision(backends: Backends) -> None:
    async with own_databases(backends) as databases, own_wijkzorg(backends, databases) as wijkzorg:
        running = await wijkzorg.start("indicatie")
        unknown = await running.post("/v1/indicaties", indicatie(ZIN))
        assert "nog onderweg" in unknown.json()["errors"][0]["uitleg"]
        await wijkzorg.publish([OLDER, client()])
        await wijkzorg.handled(service="indicatie")
        made = await running.post("/v1/indicaties", indicatie(ZIN))
        assert made.status_code == 201

        async def told() -> Any:
            return await wijkzorg.told(INDICATIE)

        assert await eventually(told, "the decision to be told") == [made.json()]
        assert len(await wijkzorg.told(INTAKE)) == 2
