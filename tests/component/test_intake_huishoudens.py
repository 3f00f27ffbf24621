"""Residents move, marry, part, die and turn out to be known twice; what follows is told anew."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from local import Backends
from tests.component.http import Api
from tests.component.intake import (
    OTHER_WIJK,
    WIJK,
    adres,
    client_of,
    intake_on,
    made,
    melding,
    newest,
    person,
    refused,
    rows,
)
from tests.conftest import own_database

NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def api(backends: Backends) -> AsyncIterator[Api]:
    """Intake on a database of its own."""
    async with own_database(backends, "intake") as dsn, intake_on(dsn) as own:
        yield own


async def couple(api: Api, younger: str = "1963-07-02") -> dict[str, Any]:
    """A couple since 15 March 2015, the partner born later."""
    partner = person("Bert", younger)
    return await made(api, "meldingen", melding(partner=partner, partnerVanaf="2015-03-15"))


async def freed(api: Api) -> list[tuple[str, str | None, bool]]:
    """What is told last of each vrijstelling: from, until, and whether it is vervallen."""
    told = await newest(api, "vrijstelling-vastgesteld", "vrijstellingId")
    return sorted((v["vanMaand"], v.get("totMaand"), v["vervallen"]) for v in told.values())


async def members(api: Api, huishouden_id: str) -> list[tuple[str, str | None, int]]:
    """What is told last of a huishouden: from, until, how many."""
    told = (await newest(api, "huishouden-vastgesteld", "huishoudenId"))[huishouden_id]
    return [(p["van"], p.get("tot"), len(p["leden"])) for p in told["perioden"]]


def moving(client_id: str, vanaf: str, huisnummer: int = 40, **more: Any) -> dict[str, Any]:
    """A move to another wijk."""
    new = {"adres": adres(huisnummer), "wijk": OTHER_WIJK}
    return {"clientId": client_id, "vanaf": vanaf} | new | more


async def test_a_couple_with_one_under_aow_age_is_free_until_both_have_it(api: Api) -> None:
    first = await couple(api)
    assert await freed(api) == [("2015-04", "2030-07", False)]
    (told,) = (event["data"] for event in await api.told("vrijstelling-vastgesteld"))
    assert told["huishoudenId"] == first["huishoudenId"]
    assert (told["geldtVoor"], told["teltVoorKostprijs"], told.get("clientId")) == ("huishouden", True, None)


async def test_a_couple_that_parts_owes_from_then_on_and_each_goes_on_alone(api: Api) -> None:
    first = await couple(api)
    parted = await made(
        api, "huishoudens", {"leden": [first["partnerId"]], "vanaf": "2026-02-01", "huishoudenId": NOBODY}
    )
    assert parted == {"huishoudenId": NOBODY}
    assert await freed(api) == [("2015-04", "2026-01", False)]
    assert await members(api, first["huishoudenId"]) == [
        ("2010-03-01", "2015-03-14", 1),
        ("2015-03-15", "2026-01-31", 2),
        ("2026-02-01", None, 1),
    ]
    assert await members(api, NOBODY) == [("2026-02-01", None, 1)]
    assert (await api.get(f"/v1/huishoudens/{NOBODY}")).json() == {
        "huishoudenId": NOBODY,
        "perioden": [{"van": "2026-02-01", "tot": None, "leden": [first["partnerId"]]}],
    }
    for path in ("huishoudens", "meldingen", "vrijstellingen", "klanthouders"):
        assert (await api.get(f"/v1/{path}/{first['clientId']}")).status_code == 404
    again = {"leden": [first["clientId"]], "vanaf": "2026-03-01", "huishoudenId": NOBODY}
    assert await refused(api, "huishoudens", again) == {"huishoudenId": "Dit is al vastgelegd."}


async def test_a_couple_that_parts_before_the_first_of_a_month_was_never_free(api: Api) -> None:
    first = await couple(api)
    await made(api, "huishoudens", {"leden": [first["partnerId"]], "vanaf": "2015-04-01"})
    assert await freed(api) == [("2015-04", "2030-07", True)]


async def test_two_who_marry_leave_their_huishoudens_for_a_new_one(api: Api) -> None:
    one = await made(api, "meldingen", melding())
    other = await made(api, "meldingen", melding(person("Bert", "1970-01-01")))
    formed = {"leden": [one["clientId"], other["clientId"]], "vanaf": "2026-05-01"}
    answers = await asyncio.gather(*(api.post("/v1/huishoudens", json=formed) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 3
    (home,) = (answer.json()["huishoudenId"] for answer in answers if answer.status_code == 201)
    assert await members(api, home) == [("2026-05-01", None, 2)]
    assert await members(api, one["huishoudenId"]) == [("2010-03-01", "2026-04-30", 1)]
    assert await freed(api) == [("2026-05", "2036-12", False)]


async def test_who_dies_leaves_the_partner_alone_in_the_same_huishouden(api: Api) -> None:
    first = await couple(api)
    gone = {"clientId": first["clientId"], "per": "2026-05-10", "reden": "overlijden"}
    await made(api, "uitschrijvingen", gone)
    assert (await members(api, first["huishoudenId"]))[1:] == [
        ("2015-03-15", "2026-05-09", 2),
        ("2026-05-10", None, 1),
    ]
    assert await freed(api) == [("2015-04", "2026-05", False)]
    told = (await newest(api, "client-vastgesteld", "clientId"))[first["clientId"]]
    assert told["uitgeschrevenPer"] == "2026-05-10"
    assert told["perioden"][-1]["tot"] == "2026-05-09"
    assert (await refused(api, "uitschrijvingen", gone)) == {
        "clientId": "De uitschrijving van deze client is al vastgelegd."
    }
    after = melding({"clientId": first["clientId"]}, datum="2026-05-10")
    assert (await refused(api, "meldingen", after)).keys() == {"client.clientId"}
    await made(api, "meldingen", after | {"datum": "2026-05-09"})


async def test_a_move_gives_another_wijk_from_that_day_also_if_it_is_heard_of_late(api: Api) -> None:
    first = await made(api, "meldingen", melding(person(born="1990-01-01")))
    client_id = first["clientId"]
    await made(api, "verhuizingen", moving(client_id, "2026-05-01", 40))
    await made(api, "verhuizingen", moving(client_id, "2026-04-01", 50, wijk=WIJK))
    known = await client_of(api, client_id)
    assert [(p["van"], p["tot"], p["wijk"]["code"]) for p in known["perioden"]][:3] == [
        ("2010-03-01", "2026-03-31", "WK063705"),
        ("2026-04-01", "2026-04-30", "WK063705"),
        ("2026-05-01", "2054-12-31", "WK063706"),
    ]
    told = (await newest(api, "client-vastgesteld", "clientId"))[client_id]
    assert [p["wijk"]["code"] for p in told["perioden"] if p["van"] == "2026-05-01"] == ["WK063706"]
    moved = person(born="1990-01-01", adres=adres(40), wijk=OTHER_WIJK, woontVanaf="2026-05-01")
    again = await made(api, "meldingen", melding(moved, datum="2026-06-01"))
    assert again["clientId"] == client_id


async def test_two_addresses_from_one_day_are_refused_by_the_database(api: Api) -> None:
    client_id = (await made(api, "meldingen", melding()))["clientId"]
    body = moving(client_id, "2026-05-01", verhuizingId=NOBODY)
    answers = await asyncio.gather(*(api.post("/v1/verhuizingen", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 4
    assert await refused(api, "verhuizingen", body) == {"verhuizingId": "Dit is al vastgelegd."}
    assert (await refused(api, "verhuizingen", moving(client_id, "2026-05-01"))).keys() == {"vanaf"}
    assert (await refused(api, "verhuizingen", moving(client_id, "2009-05-01"))).keys() == {"vanaf"}
    elsewhere = moving(
        NOBODY, "2027-01-01", adres=adres(1, "1011AB"), wijk={"jaar": 2025, "code": "WK063799"}
    )
    assert (await refused(api, "verhuizingen", elsewhere)).keys() == {
        "clientId",
        "vanaf",
        "adres.postcode",
        "wijk",
    }


async def test_a_move_to_where_the_same_resident_is_known_as_another_is_refused(api: Api) -> None:
    one = await made(api, "meldingen", melding())
    other = await made(api, "meldingen", melding(person(adres=adres(40))))
    assert one["clientId"] != other["clientId"]
    assert (await refused(api, "verhuizingen", moving(one["clientId"], "2026-05-01"))).keys() == {"adres"}


async def test_a_merged_client_is_the_other_from_then_on_and_never_in_a_circle(api: Api) -> None:
    ids = [
        (await made(api, "meldingen", melding(person(adres=adres(number)))))["clientId"]
        for number in (1, 2, 3)
    ]
    merging = [{"clientId": ids[n], "opgegaanIn": ids[(n + 1) % 3]} for n in range(3)]
    answers = await asyncio.gather(*(api.post("/v1/samenvoegingen", json=body) for body in merging))
    granted = [body for body, answer in zip(merging, answers, strict=True) if answer.status_code == 201]
    assert len(granted) in (1, 2)
    told = await newest(api, "client-vastgesteld", "clientId")
    assert {told[body["clientId"]]["opgegaanIn"] for body in granted} == {b["opgegaanIn"] for b in granted}
    assert (await refused(api, "samenvoegingen", granted[0])) == {
        "clientId": "De samenvoeging van deze client is al vastgelegd."
    }
    back = {"clientId": granted[0]["opgegaanIn"], "opgegaanIn": granted[0]["clientId"]}
    assert await refused(api, "samenvoegingen", back)
    same = {"clientId": NOBODY, "opgegaanIn": NOBODY}
    assert (await refused(api, "samenvoegingen", same)).keys() == {"clientId", "opgegaanIn"}


async def test_a_resident_known_by_an_old_address_is_the_client_that_stayed(api: Api) -> None:
    old = await made(api, "meldingen", melding())
    stays = await made(api, "meldingen", melding(person(adres=adres(40))))
    await made(api, "samenvoegingen", {"clientId": old["clientId"], "opgegaanIn": stays["clientId"]})
    again = await made(api, "meldingen", melding(datum="2026-06-01"))
    assert again["clientId"] == stays["clientId"]
    named = melding({"clientId": old["clientId"]}, datum="2026-06-02")
    assert (await refused(api, "meldingen", named)).keys() == {"client.clientId"}
    assert (await client_of(api, old["clientId"]))["opgegaanIn"] == stays["clientId"]


async def test_a_vrijstelling_is_given_and_taken_back_each_once(api: Api) -> None:
    first = await couple(api, "1950-01-01")
    given = {
        "vrijstellingId": NOBODY,
        "clientId": first["clientId"],
        "geldtVoor": "client",
        "teltVoorKostprijs": False,
        "vanMaand": "2026-01",
        "reden": "Een verzonnen reden.",
    }
    await made(api, "vrijstellingen", given)
    assert (await refused(api, "vrijstellingen", given)).keys() == {"vrijstellingId"}
    answers = await asyncio.gather(
        *(api.post("/v1/intrekkingen", json={"vrijstellingId": NOBODY}) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 3
    told = [
        e["data"] for e in await api.told("vrijstelling-vastgesteld") if e["data"]["vrijstellingId"] == NOBODY
    ]
    assert [(t["vervallen"], t["teltVoorKostprijs"]) for t in told] == [(False, False), (True, False)]
    assert told[0]["versie"] < told[1]["versie"]
    assert (await api.get(f"/v1/vrijstellingen/{NOBODY}")).json() == {
        "vrijstellingId": NOBODY,
        "huishoudenId": None,
        "clientId": first["clientId"],
        "geldtVoor": "client",
        "teltVoorKostprijs": False,
        "vanMaand": "2026-01",
        "totMaand": None,
        "vervallen": True,
    }
    for wrong, fields in (
        ({"clientId": NOBODY}, {"clientId"}),
        ({"huishoudenId": NOBODY}, {"huishoudenId"}),
        ({"huishoudenId": NOBODY, "clientId": None}, {"huishoudenId"}),
        ({"totMaand": "2025-12"}, {"totMaand"}),
        ({"vanMaand": "2026-13"}, {"vanMaand"}),
    ):
        assert (
            await refused(api, "vrijstellingen", given | {"vrijstellingId": None} | wrong)
        ).keys() == fields


async def test_a_vrijstelling_that_follows_from_facts_is_not_taken_back(api: Api) -> None:
    await couple(api)
    (told,) = await api.told("vrijstelling-vastgesteld")
    derived = {"vrijstellingId": told["data"]["vrijstellingId"]}
    assert (await refused(api, "intrekkingen", derived)).keys() == {"vrijstellingId"}
    assert (await refused(api, "intrekkingen", {"vrijstellingId": NOBODY})).keys() == {"vrijstellingId"}


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"leden": [NOBODY]}, {"leden.0"}),
    ({"leden": []}, {"leden"}),
    ({"leden": [NOBODY, NOBODY]}, {"leden"}),
    ({"leden": [NOBODY] * 3}, {"leden"}),
    ({"vanaf": "2026-06-16"}, {"vanaf"}),
    ({"vanaf": "2010-03-01"}, {"leden"}),
    ({"vanaf": "2010-01-01"}, {"leden"}),
]


async def test_a_huishouden_that_cannot_be_is_refused_and_nothing_of_it_is_kept(api: Api) -> None:
    first = await made(api, "meldingen", melding())
    before = await rows(api)
    for wrong, fields in WRONG:
        body = {"leden": [first["clientId"]], "vanaf": "2026-05-01"} | wrong
        assert (await refused(api, "huishoudens", body)).keys() == fields, wrong
        assert await rows(api) == before, wrong


async def test_the_database_itself_refuses_what_no_code_may_do(api: Api) -> None:
    first = await couple(api)
    for statement in (
        "insert into lid select $1, client_id, 1, daterange('2026-01-01', null) from client where client_id = $2",
        "insert into lid select $1, $2, 1, periode from lid limit 1",
    ):
        with pytest.raises(asyncpg.ExclusionViolationError):
            await api.pool.execute(statement, first["huishoudenId"], first["clientId"])
    with pytest.raises(asyncpg.CheckViolationError):
        await api.pool.execute(
            "insert into lid values ($1, $2, 3, daterange('2001-01-01', '2001-02-01'))",
            first["huishoudenId"],
            first["clientId"],
        )


async def test_a_versie_goes_up_though_the_clock_stands_still(api: Api) -> None:
    client_id = (await made(api, "meldingen", melding()))["clientId"]
    for number in range(3):
        await made(api, "verhuizingen", moving(client_id, f"2026-05-0{number + 1}", number + 50))
    versies = [event["data"]["versie"] for event in await api.told("client-vastgesteld")]
    assert versies == list(range(versies[0], versies[0] + 4))
