"""Decisions: what they give and tell, what the database refuses, and everything wrong said at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from local import Backends
from tests.component.indicatie import (
    AANVRAAG,
    PGB,
    ZIN,
    Indicatie,
    aanvraag,
    client,
    indicatie,
    indicatie_on,
)
from tests.conftest import own_database
from tests.unit.wire import ANNA

OTHER = "aaaa0002-0000-4000-8000-000000000000"
MANY = [f"aaaa00{n}-0000-4000-8000-000000000000" for n in range(10, 40)]


@pytest.fixture
async def service(backends: Backends) -> AsyncIterator[Indicatie]:
    """Indicatie that knows Anna and two aanvragen of hers."""
    async with own_database(backends, "indicatie") as dsn, indicatie_on(dsn) as own:
        await own.heard(client(), aanvraag(), aanvraag(OTHER))
        yield own


async def test_a_decision_gives_numbers_and_is_told_as_it_is_answered(service: Indicatie) -> None:
    made = await service.made("indicaties", indicatie(ZIN, PGB))
    assert made == {
        "beschikkingNummer": "1",
        "aanvraagId": AANVRAAG,
        "clientId": ANNA,
        "besluit": "toegekend",
        "besluitdatum": "2026-06-10",
        "uiterlijk": "2026-06-15",
        "toewijzingen": [
            ZIN | {"toewijzingNummer": 1, "toegewezenOp": "2026-06-09T22:00:00Z"},
            PGB | {"toewijzingNummer": 2, "toegewezenOp": "2026-06-09T22:00:00Z"},
        ],
    }
    assert await service.told("") == [made]
    found = await service.get(f"aanvragen/{AANVRAAG}")
    assert (found["besluit"], found["beschikkingNummer"]) == ("toegekend", "1")
    assert [row["aanvraagId"] for row in (await service.get("aanvragen?open=true"))["aanvragen"]] == [OTHER]


async def test_a_refusal_gives_nothing_and_leaves_nothing_open(service: Indicatie) -> None:
    made = await service.made("indicaties", indicatie())
    assert (made["besluit"], made["toewijzingen"]) == ("afgewezen", [])
    assert await service.get("tellingen") == {
        "aanvragen": 2,
        "indicaties": 1,
        "toegekend": 0,
        "afgewezen": 1,
        "toewijzingen": 0,
        "plannen": 0,
        "plannenAkkoord": 0,
    }


async def test_a_second_decision_on_one_aanvraag_is_refused(service: Indicatie) -> None:
    await service.made("indicaties", indicatie(ZIN, beschikkingNummer="B1"))
    assert await service.refused("indicaties", indicatie()) == {
        "aanvraagId": "Op deze aanvraag is al beslist."
    }


async def test_sending_a_decision_again_is_refused_by_its_number(service: Indicatie) -> None:
    twice = indicatie(ZIN | {"toewijzingNummer": 7}, beschikkingNummer="B1")
    await service.made("indicaties", twice)
    assert await service.refused("indicaties", twice) == {
        "beschikkingNummer": "Dit besluit is al vastgelegd."
    }


async def test_every_number_that_is_taken_is_named(service: Indicatie) -> None:
    numbered = [ZIN | {"toewijzingNummer": nummer} for nummer in (5, 6)]
    await service.made("indicaties", indicatie(*numbered))
    assert await service.refused(
        "indicaties", indicatie(numbered[1], ZIN, numbered[0], aanvraag_id=OTHER)
    ) == {
        "toewijzingen.0.toewijzingNummer": "Deze toewijzing is al vastgelegd.",
        "toewijzingen.2.toewijzingNummer": "Deze toewijzing is al vastgelegd.",
    }


async def test_numbers_that_were_taken_over_by_hand_are_passed_over(service: Indicatie) -> None:
    numbered = [ZIN | {"toewijzingNummer": nummer} for nummer in (1, 2, 4)]
    first = await service.post("indicaties", indicatie(*numbered, ZIN, beschikkingNummer="1"))
    assert first.json()["toewijzingen"][3]["toewijzingNummer"] == 3
    made = await service.made("indicaties", indicatie(ZIN, PGB, aanvraag_id=OTHER))
    assert made["beschikkingNummer"] == "2"
    assert [given["toewijzingNummer"] for given in made["toewijzingen"]] == [5, 6]


async def test_of_many_submits_at_once_exactly_one_is_a_decision(service: Indicatie) -> None:
    answers = await asyncio.gather(*[service.post("indicaties", indicatie(ZIN)) for _ in range(12)])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 11}
    assert await service.everything() == [1, 1, 1, 0, 0, 0, 1]


async def test_decisions_at_once_never_share_a_number(service: Indicatie) -> None:
    await service.heard(*[aanvraag(one) for one in MANY])
    bodies = [indicatie(ZIN, PGB, aanvraag_id=one) for one in MANY]
    answers = await asyncio.gather(*[service.post("indicaties", body) for body in bodies])
    assert {answer.status_code for answer in answers} == {201}
    nummers = [given["toewijzingNummer"] for answer in answers for given in answer.json()["toewijzingen"]]
    assert len(set(nummers)) == 2 * len(MANY)
    assert len({answer.json()["beschikkingNummer"] for answer in answers}) == len(MANY)


async def test_everything_wrong_with_a_decision_is_said_at_once(service: Indicatie) -> None:
    per_week = {"volume": 0, "eenheid": "04", "frequentie": "2"}
    wrong = indicatie(
        ZIN | {"einddatum": "2026-06-30", "toewijzingNummer": 3},
        PGB | {"aanbieder": "65656055", "omvang": per_week, "toewijzingNummer": 3},
        {name: value for name, value in ZIN.items() if name != "aanbieder"} | {"kostprijsCent": 100},
        aanvraag_id="nowhere",
        besluitdatum="2026-06-16",
    )
    assert await service.refused("indicaties", wrong) == {
        "besluitdatum": "Deze datum ligt in de toekomst.",
        "aanvraagId": "Deze aanvraag is hier niet bekend. Misschien is zij nog onderweg; probeer het zo opnieuw.",
        "toewijzingen.0.einddatum": "De laatste dag ligt voor de eerste.",
        "toewijzingen.0.toewijzingNummer": "Dit nummer staat hier meer dan een keer.",
        "toewijzingen.1.aanbieder": "Bij een pgb hoort geen aanbieder.",
        "toewijzingen.1.einddatum": "Bij een omvang per week is een einddatum nodig.",
        "toewijzingen.1.omvang.volume": "Dit moet meer zijn dan 0.",
        "toewijzingen.1.toewijzingNummer": "Dit nummer staat hier meer dan een keer.",
        "toewijzingen.2.aanbieder": "Bij zorg in natura is een aanbieder nodig.",
        "toewijzingen.2.kostprijsCent": "Een kostprijs past alleen bij categorie 12, 13 of 14.",
    }


WRONG: list[tuple[dict[str, object], str]] = [
    (indicatie(besluit="toegekend"), "toewijzingen"),
    (indicatie(ZIN, besluit="afgewezen"), "toewijzingen"),
    (indicatie(ZIN, besluitdatum="2026-05-31"), "besluitdatum"),
    (indicatie(ZIN, besluitdatum="2026-02-30"), "besluitdatum"),
    (indicatie(ZIN | {"productcategorie": "19"}), "toewijzingen.0.productcategorie"),
    (indicatie(ZIN | {"eindatum": "2026-12-31"}), "toewijzingen.0.eindatum"),
    (indicatie(ZIN | {"budgetCent": -1}), "toewijzingen.0.budgetCent"),
    (indicatie(*[ZIN] * 101), "toewijzingen"),
    (indicatie(ZIN, beschikkingNummer="a name"), "beschikkingNummer"),
]


async def test_a_decision_that_cannot_be_is_refused_by_its_field(service: Indicatie) -> None:
    for body, veld in WRONG:
        assert list(await service.refused("indicaties", body)) == [veld], body
