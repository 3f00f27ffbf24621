"""Support plans and evaluations: counts go out, words stay in, and only what was granted has a plan."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from local import Backends
from tests.component.indicatie import (
    AANVRAAG,
    DOEL,
    ZIN,
    Indicatie,
    Wire,
    aanvraag,
    client,
    indicatie,
    indicatie_on,
    plan,
)
from tests.conftest import own_database
from tests.unit.wire import ANNA

OPEN, REFUSED = "open", "refused"
PLAN = "bbbb0001-0000-4000-8000-000000000000"
EVALUATIE = "cccc0001-0000-4000-8000-000000000000"


@pytest.fixture
async def service(backends: Backends) -> AsyncIterator[Indicatie]:
    """Indicatie that granted one aanvraag of Anna, refused one, and has one open."""
    async with own_database(backends, "indicatie") as dsn, indicatie_on(dsn) as own:
        await own.heard(client(), aanvraag(), aanvraag(OPEN), aanvraag(REFUSED))
        await own.made("indicaties", indicatie(ZIN))
        await own.made("indicaties", indicatie(aanvraag_id=REFUSED))
        yield own


def evaluatie(ja: int = 0, deels: int = 0, nee: int = 0, **more: object) -> Wire:
    """How a plan went on 14 June."""
    return {"planId": PLAN, "datum": "2026-06-14", "behaald": {"ja": ja, "deels": deels, "nee": nee}} | more


async def test_a_plan_is_told_by_its_counts_and_its_words_stay_here(service: Indicatie) -> None:
    made = await service.made("plannen", plan(DOEL, {**DOEL, "acties": [{"soort": "netwerk"}]}, planId=PLAN))
    assert made == {
        "planId": PLAN,
        "versie": 1781517600000,
        "clientId": ANNA,
        "datum": "2026-06-12",
        "akkoordClient": True,
        "doelen": 2,
        "acties": {"netwerk": 2, "maatwerk": 1},
    }
    assert await service.told("plan-") == [made]
    payloads = await service.api.pool.fetch("select payload from outbox")
    assert not any(b"koken" in row["payload"] or b"buurvrouw" in row["payload"] for row in payloads)
    assert "koken" in await service.api.pool.fetchval("select wording::text from plan_versie")


async def test_a_plan_that_is_made_anew_gets_a_higher_versie(service: Indicatie) -> None:
    await service.made("plannen", plan(DOEL, planId=PLAN, akkoordClient=False))
    assert (await service.get("tellingen"))["plannenAkkoord"] == 0
    content = {name: value for name, value in plan(DOEL).items() if name != "aanvraagId"}
    answers = await asyncio.gather(*[service.api.put(f"/v1/plannen/{PLAN}", json=content) for _ in range(5)])
    assert {answer.status_code for answer in answers} == {200}
    first = (await service.told("plan-"))[0]["versie"]
    assert sorted(answer.json()["versie"] for answer in answers) == [first + n for n in range(1, 6)]
    assert (await service.get(f"plannen/{PLAN}"))["versie"] == first + 5
    counts = await service.get("tellingen")
    assert (counts["plannen"], counts["plannenAkkoord"]) == (1, 1)


async def test_a_plan_that_is_not_there_cannot_be_made_anew(service: Indicatie) -> None:
    content = {name: value for name, value in plan(DOEL).items() if name != "aanvraagId"}
    assert (await service.api.put(f"/v1/plannen/{PLAN}", json=content)).status_code == 404
    await service.made("plannen", plan(DOEL, planId=PLAN))
    later = await service.api.put(f"/v1/plannen/{PLAN}", json=content | {"datum": "2026-06-16"})
    assert later.status_code == 400


WRONG: list[tuple[Wire, str, str]] = [
    (plan(DOEL, aanvraag_id="nowhere"), "aanvraagId", "niet bekend"),
    (plan(DOEL, aanvraag_id=OPEN), "aanvraagId", "nog niet beslist"),
    (plan(DOEL, aanvraag_id=REFUSED), "aanvraagId", "afgewezen"),
    (plan(DOEL, datum="2026-06-16"), "datum", "toekomst"),
    (plan(), "doelen", "minstens 1"),
    (plan({**DOEL, "acties": [{"soort": "anders"}]}), "doelen.0.acties.0.soort", "Kies een"),
    (plan({**DOEL, "omschrijving": "x" * 1001}), "doelen.0.omschrijving", "1000"),
]


async def test_a_plan_that_cannot_be_is_refused_by_its_field(service: Indicatie) -> None:
    for body, veld, says in WRONG:
        fouten = await service.refused("plannen", body)
        assert list(fouten) == [veld], body
        assert says in fouten[veld]


async def test_a_plan_is_made_once_for_an_aanvraag(service: Indicatie) -> None:
    answers = await asyncio.gather(*[service.post("plannen", plan(DOEL)) for _ in range(8)])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 7}
    assert list(await service.refused("plannen", plan(DOEL))) == ["aanvraagId"]


async def test_sending_a_plan_again_is_refused_by_its_id(service: Indicatie) -> None:
    await service.made("plannen", plan(DOEL, planId=PLAN))
    assert await service.refused("plannen", plan(DOEL, planId=PLAN)) == {
        "planId": "Dit plan is al vastgelegd."
    }


async def test_an_evaluation_says_how_many_goals_were_reached(service: Indicatie) -> None:
    await service.made("plannen", plan(DOEL, DOEL, planId=PLAN))
    made = await service.made("evaluaties", evaluatie(ja=1, deels=1, evaluatieId=EVALUATIE))
    assert made == evaluatie(ja=1, deels=1, evaluatieId=EVALUATIE) | {"clientId": ANNA}
    assert await service.told("geevalueerd") == [made]
    again = await service.refused("evaluaties", evaluatie(ja=1, evaluatieId=EVALUATIE))
    assert again == {"evaluatieId": "Deze evaluatie is al vastgelegd."}
    assert await service.refused("evaluaties", evaluatie(ja=1)) == {
        "datum": "Een evaluatie van deze dag is al vastgelegd."
    }


WRONG_EVALUATIES: list[tuple[Wire, list[str]]] = [
    (evaluatie(ja=1, planId=ANNA), ["planId"]),
    (evaluatie(ja=1, deels=1, nee=1), ["behaald"]),
    (evaluatie(ja=3, datum="2026-06-16"), ["datum", "behaald"]),
    (evaluatie(ja=1, datum="2026-06-11"), ["datum"]),
    (evaluatie(ja=-1), ["behaald.ja"]),
]


async def test_an_evaluation_that_cannot_be_is_refused_by_its_fields(service: Indicatie) -> None:
    await service.made("plannen", plan(DOEL, DOEL, planId=PLAN))
    for body, velden in WRONG_EVALUATIES:
        assert list(await service.refused("evaluaties", body)) == velden, body


async def test_erasing_a_client_erases_the_words_of_the_plan_and_stops_all_further_work(
    service: Indicatie,
) -> None:
    await service.made("plannen", plan(DOEL, planId=PLAN))
    await service.heard(f"nl.wijkzorg.client-vastgesteld/{ANNA}")
    assert await service.api.pool.fetchval("select wording from plan_versie") is None
    content = {name: value for name, value in plan(DOEL).items() if name != "aanvraagId"}
    assert (await service.api.put(f"/v1/plannen/{PLAN}", json=content)).status_code == 404
    assert list(await service.refused("evaluaties", evaluatie(ja=1))) == ["planId"]
    assert list(await service.refused("indicaties", indicatie(ZIN, aanvraag_id=OPEN))) == ["aanvraagId"]
    assert (await service.get("tellingen"))["plannen"] == 1
    assert (await service.api.get(f"/v1/aanvragen/{AANVRAAG}")).status_code == 404


async def test_no_words_are_left_of_a_client_who_is_erased_while_plans_are_made(service: Indicatie) -> None:
    many = [f"a-{number}" for number in range(12)]
    await service.heard(*[aanvraag(name) for name in many])
    for name in many:
        await service.made("indicaties", indicatie(ZIN, aanvraag_id=name))
    answers = await asyncio.gather(
        *[service.post("plannen", plan(DOEL, aanvraag_id=name)) for name in many[:6]],
        service.heard(f"nl.wijkzorg.client-vastgesteld/{ANNA}"),
        *[service.post("plannen", plan(DOEL, aanvraag_id=name)) for name in many[6:]],
    )
    assert {answer.status_code for answer in answers if answer} <= {201, 400}
    assert not await service.api.pool.fetch("select from plan_versie where wording is not null")
