"""A resident reports a need: a client, a huishouden, a klanthouder; each once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local import Backends
from tests.component.http import Api
from tests.component.intake import client_of, intake_on, made, melding, newest, person, refused, rows
from tests.conftest import own_database


@pytest.fixture
async def api(backends: Backends) -> AsyncIterator[Api]:
    """Intake on a database of its own."""
    async with own_database(backends, "intake") as dsn, intake_on(dsn) as own:
        yield own


async def test_a_resident_who_reports_becomes_a_client_with_a_huishouden_and_a_klanthouder(api: Api) -> None:
    klanthouder = await made(api, "klanthouders", {"naam": "Ilse Invented"})
    answer = await api.post("/v1/meldingen", json=melding())
    assert answer.status_code == 201
    first = answer.json()
    assert answer.headers["location"] == f"/v1/meldingen/{first['meldingId']}"
    assert first["klanthouderId"] == klanthouder["klanthouderId"]
    assert first["partnerId"] is None
    assert first["uiterlijk"] == "2026-04-13"
    (client,) = (event["data"] for event in await api.told("client-vastgesteld"))
    assert client["clientId"] == first["clientId"]
    assert [(p["van"], p.get("tot"), p["leeftijdsgroep"]) for p in client["perioden"]] == [
        ("2010-03-01", "2016-12-31", "65-74"),
        ("2017-01-01", "2026-12-31", "75-84"),
        ("2027-01-01", None, "85+"),
    ]
    (home,) = (event["data"] for event in await api.told("huishouden-vastgesteld"))
    assert home["perioden"] == [{"van": "2010-03-01", "leden": [first["clientId"]]}]
    assert home["huishoudenId"] == first["huishoudenId"]
    (given,) = (event["data"] for event in await api.told("klanthouder-toegewezen"))
    assert given["vanaf"] == "2026-03-02"
    (told,) = (event["data"] for event in await api.told("melding-ontvangen"))
    assert told == {
        "meldingId": first["meldingId"],
        "clientId": first["clientId"],
        "datum": "2026-03-02",
        "kanaal": "telefoon",
        "domein": "wmo",
        "spoed": False,
    }


async def test_the_same_resident_reported_again_is_the_same_client(api: Api) -> None:
    first = await made(api, "meldingen", melding())
    again = person(voornamen=" ANNA ", achternaam="Van  testelen")
    second = await made(api, "meldingen", melding(again, datum="2026-03-03"))
    assert second["clientId"] == first["clientId"]
    assert second["huishoudenId"] == first["huishoudenId"]
    assert len(await api.told("client-vastgesteld")) == 1


async def test_a_couple_shares_a_huishouden_from_the_day_they_live_together(api: Api) -> None:
    partner = person("Bert", "1939-11-20", woontVanaf="2012-05-01")
    first = await made(api, "meldingen", melding(partner=partner, partnerVanaf="2014-07-01"))
    homes = await newest(api, "huishouden-vastgesteld", "huishoudenId")
    assert homes.pop(first["huishoudenId"])["perioden"] == [
        {"van": "2010-03-01", "tot": "2014-06-30", "leden": [first["clientId"]]},
        {"van": "2014-07-01", "leden": sorted([first["clientId"], first["partnerId"]])},
    ]
    (before,) = homes.values()
    assert before["perioden"] == [{"van": "2012-05-01", "tot": "2014-06-30", "leden": [first["partnerId"]]}]
    both = melding({"clientId": first["partnerId"]}, partner={"clientId": first["clientId"]})
    second = await made(api, "meldingen", both)
    assert second["huishoudenId"] == first["huishoudenId"]
    assert len(await api.told("huishouden-vastgesteld")) == 2


async def test_a_known_client_takes_a_new_partner_in(api: Api) -> None:
    first = await made(api, "meldingen", melding())
    new = person("Bert", "1939-11-20", woontVanaf="2026-04-01")
    with_partner = melding(new, partner={"clientId": first["clientId"]}, datum="2026-04-02")
    second = await made(api, "meldingen", with_partner)
    assert second["huishoudenId"] == first["huishoudenId"]
    homes = await newest(api, "huishouden-vastgesteld", "huishoudenId")
    assert [period["van"] for period in homes[first["huishoudenId"]]["perioden"]] == [
        "2010-03-01",
        "2026-04-01",
    ]


async def test_a_third_in_a_huishouden_is_refused_by_the_database(api: Api) -> None:
    first = await made(api, "meldingen", melding(partner=person("Bert", "1939-11-20")))
    before = await rows(api)
    third = melding(person("Cora", "1950-01-01"), partner={"clientId": first["clientId"]}, datum="2026-03-03")
    assert (await refused(api, "meldingen", third)).keys() == {"partner"}
    assert await rows(api) == before


async def test_who_has_a_huishouden_cannot_be_in_another_on_that_day(api: Api) -> None:
    first = await made(api, "meldingen", melding())
    second = await made(api, "meldingen", melding(person("Bert", "1939-11-20")))
    both = melding({"clientId": first["clientId"]}, partner={"clientId": second["clientId"]}, spoed=True)
    wrong = await refused(api, "meldingen", both | {"datum": "2026-04-01"})
    assert wrong == {
        "partner": "Een van beiden hoort op die dag of later bij een ander huishouden. Leg dat eerst vast."
    }


async def test_a_second_klanthouder_is_refused_by_the_database(api: Api) -> None:
    one = (await made(api, "klanthouders", {"naam": "Ilse Invented"}))["klanthouderId"]
    other = (await made(api, "klanthouders", {"naam": "Otto Ontworpen"}))["klanthouderId"]
    first = await made(api, "meldingen", melding(klanthouderId=one))
    again = {"client": {"clientId": first["clientId"]}, "kanaal": "balie", "datum": "2026-03-04"}
    wrong = await refused(api, "meldingen", again | {"klanthouderId": other})
    assert wrong == {"klanthouderId": "Deze client heeft al een klanthouder."}
    assert (await made(api, "meldingen", again))["klanthouderId"] == one
    second = await made(api, "meldingen", melding(person("Bert")))
    assert second["klanthouderId"] == other
    listed = (await api.get("/v1/klanthouders?limiet=1")).json()
    assert len(listed["klanthouders"]) == 1
    rest = (await api.get(listed["volgende"])).json()
    assert {k["clienten"] for k in listed["klanthouders"] + rest["klanthouders"]} == {1}
    assert rest["volgende"] is None


async def test_a_double_submit_at_the_same_time_ends_in_exactly_one(api: Api) -> None:
    body = melding(partner=person("Bert", "1939-11-20"))
    answers = await asyncio.gather(*(api.post("/v1/meldingen", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7
    for answer in answers:
        if answer.status_code == 400:
            assert answer.json()["errors"][0]["uitleg"].endswith("is al vastgelegd.")
    counted = await rows(api)
    assert (counted["client"], counted["lid"], counted["melding"], counted["huishouden"]) == (2, 2, 1, 1)


async def test_partners_who_report_each_other_at_the_same_time_are_one_couple(api: Api) -> None:
    one, other = person(), person("Bert", "1939-11-20")
    bodies = [melding(one, partner=other), melding(other, partner=one)] * 4
    answers = await asyncio.gather(*(api.post("/v1/meldingen", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [400] * 6
    first, second = (answer.json() for answer in answers if answer.status_code == 201)
    assert (first["clientId"], first["huishoudenId"]) == (second["partnerId"], second["huishoudenId"])
    counted = await rows(api)
    assert (counted["client"], counted["lid"], counted["huishouden"], counted["melding"]) == (2, 2, 1, 2)


async def test_the_same_request_again_is_refused_by_the_name_of_its_melding(api: Api) -> None:
    ids = {"clientId": "11111111-1111-4111-8111-111111111111"}
    body = melding(person(**ids), meldingId="22222222-2222-4222-8222-222222222222")
    await made(api, "meldingen", body)
    assert await refused(api, "meldingen", body) == {"meldingId": "Dit is al vastgelegd."}
    other = melding(person("Bert", **ids))
    assert await refused(api, "meldingen", other) == {"client.clientId": "Deze client is al vastgelegd."}


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    (melding(datum="2026-06-16"), {"datum"}),
    (melding(datum="2026-02-30"), {"datum"}),
    (melding(person(woontVanaf="2026-06-01"), datum="2026-05-05"), {"datum"}),
    (melding(person(adres={"postcode": "1011AB", "huisnummer": 1})), {"client.adres.postcode"}),
    (melding(person(wijk={"jaar": 2023, "code": "WK063705"})), {"client.wijk"}),
    (melding(person(geboortedatum="2027-01-01")), {"client.geboortedatum", "client.woontVanaf", "datum"}),
    (melding(person(woontVanaf="1940-01-01")), {"client.woontVanaf"}),
    (
        melding({"clientId": "11111111-1111-4111-8111-111111111111"}),
        {"client.clientId"},
    ),
    (melding(partner=person()), {"partner"}),
    (
        melding({"clientId": "11111111-1111-4111-8111-111111111111"}, datum="2026-06-16", partner=person(woontVanaf="2026-06-17")),
        {"client.clientId", "datum", "partner.woontVanaf"},
    ),
    (melding(partnerVanaf="2020-01-01"), {"partnerVanaf"}),
    (melding(partner=person("Bert", "2010-01-01")), {"partner"}),
    (melding(partner=person("Bert"), partnerVanaf="2009-01-01"), {"partnerVanaf"}),
    (melding(klanthouderId="11111111-1111-4111-8111-111111111111"), {"klanthouderId"}),
    (melding(kanaal="Per brief"), {"kanaal"}),
    (melding(person(voornamen="  ", huisdier=1), toelichting="x" * 4001), {
        "client.voornamen", "client.huisdier", "toelichting"
    }),
    (melding(client={}), {
        f"client.{name}"
        for name in ("voornamen", "achternaam", "geboortedatum", "adres", "wijk", "woontVanaf")
    }),
]  # fmt: skip


async def test_a_melding_that_cannot_be_is_refused_with_all_that_is_wrong_and_nothing_is_kept(
    api: Api,
) -> None:
    before = await rows(api)
    for body, fields in WRONG:
        assert (await refused(api, "meldingen", body)).keys() == fields, body
        assert await rows(api) == before, body


async def test_who_is_under_eighteen_has_a_vrijstelling_until_then(api: Api) -> None:
    first = await made(api, "meldingen", melding(person("Daan", "2010-05-01")))
    (told,) = (event["data"] for event in await api.told("vrijstelling-vastgesteld"))
    assert told.pop("vrijstellingId")
    assert told.pop("versie")
    assert told == {
        "clientId": first["clientId"],
        "geldtVoor": "client",
        "teltVoorKostprijs": True,
        "vanMaand": "2010-05",
        "totMaand": "2028-04",
        "vervallen": False,
    }


async def test_a_client_is_known_without_who_it_is(api: Api) -> None:
    first = await made(api, "meldingen", melding())
    assert await client_of(api, first["clientId"]) == {
        "clientId": first["clientId"],
        "perioden": [
            {
                "van": van,
                "tot": tot,
                "wijk": {"jaar": 2024, "code": "WK063705"},
                "leeftijdsgroep": group,
            }
            for van, tot, group in (
                ("2010-03-01", "2016-12-31", "65-74"),
                ("2017-01-01", "2026-12-31", "75-84"),
                ("2027-01-01", None, "85+"),
            )
        ],
        "huishoudenId": first["huishoudenId"],
        "klanthouderId": None,
        "uitgeschrevenPer": None,
        "opgegaanIn": None,
    }
    unknown = await api.get("/v1/clienten/11111111-1111-4111-8111-111111111111")
    assert unknown.status_code == 404


async def test_a_known_client_reports_nothing_before_there_was_an_address(api: Api) -> None:
    who = await made(api, "meldingen", melding(person(woontVanaf="2026-05-01"), datum="2026-06-01"))
    again = melding({"clientId": who["clientId"]}, datum="2026-04-30")
    assert (await refused(api, "meldingen", again)).keys() == {"datum"}


@pytest.mark.parametrize(
    "body", [b'{"datum": "\xff\xfe"}', b"[" * 200_000, b'{"datum": ' + b"9" * 5000 + b"}"]
)
async def test_a_body_that_cannot_be_read_is_refused_in_dutch(api: Api, body: bytes) -> None:
    answer = await api.post("/v1/meldingen", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert "Er is niets gedaan" in answer.json()["detail"]
