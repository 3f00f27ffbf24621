"""What identifies a person, and every text about one, stays in intake's tables."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local import Backends
from tests.component.http import Api
from tests.component.intake import OTHER_WIJK, intake_on, made, melding, person
from tests.conftest import own_database

PLANTED = ("Zonnebloemina", "Kwetterhoek", "1947-08-19", "2718ZQ", "54321", "bis-zq", "Geheimzinnig")
STORY = "Geheimzinnig verhaal."
NOBODY = "11111111-1111-4111-8111-111111111111"
ADRES = {"postcode": "2718ZQ", "huisnummer": 54321, "toevoeging": "bis-zq"}
SOMEBODY = person("Zonnebloemina", "1947-08-19", achternaam="Kwetterhoek", adres=ADRES)


@pytest.fixture
async def api(backends: Backends) -> AsyncIterator[Api]:
    """Intake on a database of its own."""
    async with own_database(backends, "intake") as dsn, intake_on(dsn) as own:
        yield own


def nothing_of_it_in(said: object) -> None:
    """See that none of what was planted stands in this."""
    text = json.dumps(said, default=str, ensure_ascii=False).casefold()
    assert [planted for planted in PLANTED if planted.casefold() in text] == []


async def played(api: Api) -> list[Any]:
    """A life through every door, with planted values; all answers."""
    said: list[Any] = [await made(api, "klanthouders", {"naam": "Kwetterhoek"})]
    said.append(first := await made(api, "meldingen", melding(SOMEBODY, toelichting=STORY)))
    client_id = {"clientId": first["clientId"]}
    need = {"oplossing": "maatwerk", "productcategorie": "01", "omschrijving": STORY}
    closed = {"meldingId": first["meldingId"], "datum": "2026-03-30", "behoeften": [need]}
    said.append(await made(api, "onderzoeken", closed))
    freed = {"geldtVoor": "client", "teltVoorKostprijs": True, "vanMaand": "2026-01", "reden": STORY}
    said.append(await made(api, "vrijstellingen", client_id | freed))
    moved = {"vanaf": "2026-05-01", "adres": ADRES | {"toevoeging": "bis-zq 2"}, "wijk": OTHER_WIJK}
    said.append(await made(api, "verhuizingen", client_id | moved))
    gone = {"per": "2026-06-01", "reden": "overlijden"}
    said.append(await made(api, "uitschrijvingen", client_id | gone))
    asked = (f"clienten/{first['clientId']}", "klanthouders", "tellingen", "openapi.json")
    cases = (f"meldingen/{first['meldingId']}", f"huishoudens/{first['huishoudenId']}")
    return said + [(await api.get(f"/v1/{path}")).json() for path in asked + cases]


async def test_no_event_and_no_answer_says_who_somebody_is(api: Api) -> None:
    nothing_of_it_in(await played(api))
    told = await api.told()
    assert {event["type"].split(".")[2] for event in told} == {
        "client-vastgesteld",
        "huishouden-vastgesteld",
        "klanthouder-toegewezen",
        "melding-ontvangen",
        "onderzoek-afgerond",
        "aanvraag-ingediend",
        "vrijstelling-vastgesteld",
    }
    nothing_of_it_in(told)
    nothing_of_it_in([tuple(row) for row in await api.pool.fetch("select topic, key from outbox")])


WRONG: list[tuple[str, Any]] = [
    (
        "meldingen",
        melding(SOMEBODY | {"geboortedatum": "19-08-1947"}, kanaal=STORY, toelichting=STORY * 400),
    ),
    ("meldingen", melding(SOMEBODY | {"adres": {"postcode": "2718 zq", "huisnummer": "54321"}})),
    ("meldingen", melding(SOMEBODY, datum="1947-08-18")),
    ("meldingen", melding(SOMEBODY | {"clientId": "Zonnebloemina"}, partner="Kwetterhoek")),
    ("meldingen", melding(SOMEBODY, partner=SOMEBODY, klanthouderId=NOBODY, partnerVanaf="1947-08-19")),
    ("onderzoeken", {"meldingId": NOBODY, "datum": STORY, "behoeften": [{"omschrijving": STORY}]}),
    ("vrijstellingen", {"clientId": NOBODY, "reden": STORY, "vanMaand": "1947-08-19"}),
    ("verhuizingen", {"clientId": NOBODY, "vanaf": "2026-01-01", "adres": ADRES, "wijk": STORY}),
]


@pytest.mark.parametrize(("path", "body"), WRONG)
async def test_no_refusal_quotes_what_it_refuses(api: Api, path: str, body: Any) -> None:
    await made(api, "meldingen", melding(SOMEBODY))
    answer = await api.post(f"/v1/{path}", json=body)
    assert answer.status_code == 400
    nothing_of_it_in(answer.json())


async def test_text_that_is_no_json_is_not_quoted(api: Api) -> None:
    answer = await api.post("/v1/meldingen", content=f'{{"toelichting": "{STORY}')
    assert answer.status_code == 400
    nothing_of_it_in(answer.json())


async def test_nothing_that_is_logged_says_who_somebody_is(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await played(api)
        for path, body in WRONG:
            await api.post(f"/v1/{path}", json=body)
    nothing_of_it_in([record.getMessage() for record in caplog.records if record.name != "httpx"])


async def test_a_lone_surrogate_is_no_text_and_is_refused(api: Api) -> None:
    body = json.dumps(melding(SOMEBODY | {"voornamen": "\ud800"}))
    answer = await api.post("/v1/meldingen", content=body)
    assert answer.status_code == 400
