"""The onderzoek closes with a rung per need, and leads to an aanvraag where maatwerk is needed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local import Backends
from tests.component.http import Api
from tests.component.intake import intake_on, made, melding, person, refused, rows
from tests.conftest import own_database

HELP = {"oplossing": "maatwerk", "productcategorie": "01", "omschrijving": "De ramen."}
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def api(backends: Backends) -> AsyncIterator[Api]:
    """Intake on a database of its own."""
    async with own_database(backends, "intake") as dsn, intake_on(dsn) as own:
        yield own


@pytest.fixture
async def first(api: Api) -> dict[str, Any]:
    """A melding of 2 March 2026."""
    return await made(api, "meldingen", melding())


def closing(first: dict[str, Any], *needs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The end of the onderzoek after a melding."""
    return {"meldingId": first["meldingId"], "datum": "2026-03-30", "behoeften": list(needs or [HELP])} | more


async def test_an_onderzoek_tells_how_many_needs_each_rung_meets_and_files_the_aanvraag(
    api: Api, first: dict[str, Any]
) -> None:
    needs = [HELP, HELP | {"productcategorie": "07"}, {"oplossing": "netwerk"}, {"oplossing": "netwerk"}]
    closed = await made(api, "onderzoeken", closing(first, *needs))
    assert closed["oplossingen"] == {"maatwerk": 2, "netwerk": 2}
    (told,) = (event["data"] for event in await api.told("onderzoek-afgerond"))
    assert told == {
        "meldingId": first["meldingId"],
        "clientId": first["clientId"],
        "datum": "2026-03-30",
        "uiterlijk": "2026-04-13",
        "oplossingen": {"maatwerk": 2, "netwerk": 2},
    }
    (filed,) = (event["data"] for event in await api.told("aanvraag-ingediend"))
    assert filed == {
        "aanvraagId": closed["aanvraagId"],
        "meldingId": first["meldingId"],
        "clientId": first["clientId"],
        "datum": "2026-03-30",
        "uiterlijk": "2026-04-13",
        "gevraagd": ["01", "07"],
    }
    assert (await api.get(f"/v1/meldingen/{first['meldingId']}")).json() == {
        "meldingId": first["meldingId"],
        "clientId": first["clientId"],
        "datum": "2026-03-02",
        "domein": "wmo",
        "spoed": False,
        "uiterlijk": "2026-04-13",
        "afgerond": "2026-03-30",
        "aanvragen": [closed["aanvraagId"]],
    }
    counts = (await api.get("/v1/tellingen")).json()
    assert counts == {
        "meldingen": 1,
        "clienten": 1,
        "clientenZonderKlanthouder": 1,
        "onderzoeken": 1,
        "aanvragen": 1,
    }


async def test_an_onderzoek_that_finds_no_need_of_maatwerk_files_no_aanvraag(
    api: Api, first: dict[str, Any]
) -> None:
    closed = await made(api, "onderzoeken", closing(first, {"oplossing": "eigen_kracht"}))
    assert closed["aanvraagId"] is None
    assert await api.told("aanvraag-ingediend") == []


async def test_an_onderzoek_closed_twice_at_the_same_time_is_closed_once(
    api: Api, first: dict[str, Any]
) -> None:
    answers = await asyncio.gather(*(api.post("/v1/onderzoeken", json=closing(first)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 5
    assert {a.json()["errors"][0]["veld"] for a in answers if a.status_code == 400} == {"meldingId"}
    counted = await rows(api)
    assert (counted["onderzoek"], counted["behoefte"], counted["aanvraag"]) == (1, 1, 1)


async def test_an_aanvraag_waits_for_the_onderzoek_or_for_six_weeks(api: Api, first: dict[str, Any]) -> None:
    asked = {"meldingId": first["meldingId"], "clientId": first["clientId"], "gevraagd": ["01"]}
    assert (await refused(api, "aanvragen", asked | {"datum": "2026-04-13"})).keys() == {"datum"}
    late = await made(api, "aanvragen", asked | {"datum": "2026-04-14"})
    assert late["uiterlijk"] == "2026-04-28"
    await made(api, "onderzoeken", closing(first, {"oplossing": "netwerk"}))
    await made(api, "aanvragen", asked | {"datum": "2026-03-30"})
    assert (await refused(api, "aanvragen", asked | {"datum": "2026-03-29"})).keys() == {"datum"}


async def test_an_aanvraag_is_filed_once_for_a_melding_and_a_day(api: Api, first: dict[str, Any]) -> None:
    closed = await made(api, "onderzoeken", closing(first, aanvraagId=NOBODY))
    assert closed["aanvraagId"] == NOBODY
    asked = {"meldingId": first["meldingId"], "clientId": first["clientId"], "gevraagd": ["02"]}
    assert (await refused(api, "aanvragen", asked | {"datum": "2026-03-30"})).keys() == {"datum"}
    again = asked | {"datum": "2026-04-02", "aanvraagId": NOBODY}
    assert await refused(api, "aanvragen", again) == {"aanvraagId": "Dit is al vastgelegd."}
    answers = await asyncio.gather(
        *(api.post("/v1/aanvragen", json=asked | {"datum": "2026-04-01"}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 4


async def test_an_aanvraag_names_a_client_and_a_melding_that_belong_together(
    api: Api, first: dict[str, Any]
) -> None:
    await made(api, "onderzoeken", closing(first, {"oplossing": "netwerk"}))
    other = await made(api, "meldingen", melding(person("Bert")))
    before = await rows(api)
    asked = {"meldingId": first["meldingId"], "clientId": first["clientId"], "datum": "2026-04-01"}
    asked["gevraagd"] = ["01"]
    assert (await refused(api, "aanvragen", asked | {"clientId": NOBODY})).keys() == {"clientId"}
    assert (await refused(api, "aanvragen", asked | {"meldingId": NOBODY})).keys() == {"meldingId"}
    assert (await refused(api, "aanvragen", asked | {"clientId": other["clientId"]})).keys() == {"clientId"}
    everything = {"meldingId": NOBODY, "clientId": NOBODY, "datum": "2026-06-16", "gevraagd": ["01"]}
    assert (await refused(api, "aanvragen", everything)).keys() == {"meldingId", "clientId", "datum"}
    assert (await refused(api, "aanvragen", asked | {"gevraagd": []})).keys() == {"gevraagd"}
    assert (await refused(api, "aanvragen", asked | {"gevraagd": ["19"]})).keys() == {"gevraagd.0"}
    assert await rows(api) == before


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"datum": "2026-03-01"}, {"datum"}),
    ({"datum": "2026-06-16"}, {"datum"}),
    ({"meldingId": NOBODY}, {"meldingId"}),
    ({"behoeften": []}, {"behoeften"}),
    ({"behoeften": [{"oplossing": "netwerk"}] * 51}, {"behoeften"}),
    ({"behoeften": [{"oplossing": "maatwerk"}]}, {"behoeften.0.productcategorie"}),
    ({"behoeften": [HELP, HELP | {"oplossing": "netwerk"}]}, {"behoeften.1.productcategorie"}),
    ({"behoeften": [{"oplossing": "geld"}]}, {"behoeften.0.oplossing"}),
    ({"behoeften": [{"oplossing": "netwerk"}], "aanvraagId": NOBODY}, {"aanvraagId"}),
]


async def test_an_onderzoek_that_cannot_be_is_refused_and_nothing_of_it_is_kept(
    api: Api, first: dict[str, Any]
) -> None:
    before = await rows(api)
    for wrong, fields in WRONG:
        assert (await refused(api, "onderzoeken", closing(first) | wrong)).keys() == fields, wrong
        assert await rows(api) == before, wrong
