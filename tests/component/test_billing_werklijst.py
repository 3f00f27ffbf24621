"""The work list over HTTP: who decides what on a month that is held, and what the next statements then ask."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from services.billing.app import service
from services.billing.domain.werk import Signaal
from services.billing.store import werk
from shared.settings import ServiceSettings
from tests.component.closing import Closing, closing_on, house
from tests.component.http import Api, api_of

ONE, TWO = house(1), house(2)
PILE = ["2025-08", "2025-09", "2025-10", "2025-11"]


@asynccontextmanager
async def billing_at(dsn: str, clock: str = "2026-01-24T08:00:00Z") -> AsyncIterator[Api]:
    """Billing's API on this database."""
    settings = ServiceSettings.model_validate(
        {"database_dsn": dsn, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "clock": clock}
    )
    async with api_of(service(settings)) as api:
        yield api


@pytest.fixture
async def ledger(dsn: str) -> AsyncIterator[Closing]:
    """Two households, of each of which four past months are held off the statement of December 2025."""
    async with closing_on(dsn) as own:
        for whose in (ONE, TWO):
            await own.charge(whose, "2025-07")
        await own.close("2025-07", *PILE)
        for whose in (ONE, TWO):
            await own.charge(whose, *PILE, "2025-12")
        await own.close("2025-12")
        yield own


@pytest.fixture
async def api(dsn: str, ledger: Closing) -> AsyncIterator[Api]:
    del ledger
    async with billing_at(dsn) as own:
        yield own


async def held(api: Api, whose: UUID = ONE) -> list[dict[str, Any]]:
    """The open items of a household, by month."""
    answer = await api.get("/v1/werklijst", params={"soort": "nabetaling"})
    return [item for item in answer.json()["werklijst"] if item["huishoudenId"] == str(whose)]


async def decide(api: Api, item: dict[str, Any], status: int = 200, **body: Any) -> dict[str, Any]:
    """Decide on an item."""
    content = {"door": "A. Ambtenaar"} | body
    answer = await api.post(f"/v1/werklijst/{item['werkId']}/besluit", json=content)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_pile_of_months_stands_on_the_work_list_once_each(api: Api, ledger: Closing) -> None:
    items = await held(api)
    assert [item["maand"] for item in items] == PILE
    assert items[0]["gegevens"] == {"bedragCent": 2100, "overzicht": "2025-12", "maandenMax": 3}
    assert "hoogstens 3 maanden van eerder" in items[0]["uitleg"]
    assert await ledger.asked(ONE) == {"2025-07": 2100, "2025-12": 2100}
    await ledger.close("2026-01")
    assert await held(api) == items
    assert "2026-01" not in await ledger.asked(ONE), "there is nothing new to say"


async def test_a_released_month_stands_on_the_next_statement_and_the_others_wait(
    api: Api, ledger: Closing
) -> None:
    (item, *_) = await held(api)
    answer = await decide(api, item, besluit="vrijgeven")
    assert [(one["besluit"], one["opOverzicht"]) for one in answer["besloten"]] == [("vrijgeven", "2026-01")]
    assert await decide(api, item, besluit="vrijgeven") == answer, "asked again"
    await decide(api, item, 400, besluit="kwijtschelden", artikel="art. 9")
    await ledger.close("2026-01")
    assert await ledger.asked(ONE) == {"2025-07": 2100, "2025-12": 2100, "2026-01": 2100}
    assert [item["maand"] for item in await held(api)] == PILE[1:]


async def test_spread_months_stand_evenly_on_the_next_statements(api: Api, ledger: Closing) -> None:
    (item, *_) = await held(api)
    answer = await decide(api, item, besluit="spreiden", termijnen=2)
    assert [one["opOverzicht"] for one in answer["besloten"]] == ["2026-01", "2026-01", "2026-02", "2026-02"]
    await ledger.close("2026-01", "2026-02")
    assert await ledger.asked(ONE) == {"2025-07": 2100, "2025-12": 2100, "2026-01": 4200, "2026-02": 4200}
    assert len(await held(api, TWO)) == 4


async def test_a_waived_month_is_a_line_of_its_own_and_comes_to_nothing(api: Api, ledger: Closing) -> None:
    (item, *_) = await held(api)
    await decide(api, item, besluit="kwijtschelden", artikel="Verordening art. 9")
    line = await ledger.pool.fetchrow("select * from bijdrage_regel where soort = 'kwijtschelding'")
    assert line is not None
    assert (line["bedrag_cent"], line["totaal_cent"], line["wet"]) == (-2100, 2100, "Verordening art. 9")
    await ledger.close("2026-01")
    statement = await ledger.statement(ONE, "2026-01")
    assert statement is not None
    assert statement["gevraagdCent"] == 0
    assert [one["bedragCent"] for one in statement["kwijtscheldingen"]] == [-2100]
    assert statement["kwijtscheldingen"][0]["wet"] == "Verordening art. 9"
    assert (await api.get(f"/v1/huishoudens/{ONE}/overzichten/2026-01")).json() == statement
    months = (await api.get(f"/v1/huishoudens/{ONE}/bijdragen")).json()["bijdragen"]
    assert {month["bedragCent"] for month in months} == {2100}, "the rule's sum is what it was"


async def test_a_month_that_came_to_nothing_meanwhile_cannot_be_waived(api: Api, ledger: Closing) -> None:
    (item, *_) = await held(api)
    await ledger.correct(ONE, PILE[0], cents=-2100)
    await decide(api, item, 400, besluit="kwijtschelden", artikel="art. 9")
    await decide(api, item, besluit="vrijgeven")
    await ledger.close("2026-01")
    assert (await ledger.asked(ONE))["2026-01"] == 0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"besluit": "vrijgeven", "door": ""}, "door"),
    ({"besluit": "vrijgeven"}, "door"),
    ({"besluit": "vrijgeven", "door": "x" * 101}, "door"),
    ({"besluit": "weggooien", "door": "A"}, "besluit"),
    ({"besluit": "afgehandeld", "door": "A"}, "besluit"),
    ({"besluit": "kwijtschelden", "door": "A"}, "artikel"),
    ({"besluit": "kwijtschelden", "door": "A", "artikel": " \u200b\u00a0"}, "artikel"),
    ({"besluit": "kwijtschelden", "door": "A", "artikel": "..."}, "artikel"),
    ({"besluit": "vrijgeven", "door": "  "}, "door"),
    ({"besluit": "vrijgeven", "door": "\u200b\u2060\u3164"}, "door"),
    ({"besluit": "vrijgeven", "door": "12"}, "door"),
    ({"besluit": "vrijgeven"}, "door"),
    ({"besluit": "vrijgeven", "door": "A" * 101}, "door"),
    ({"besluit": "spreiden", "door": "A"}, "termijnen"),
    ({"besluit": "spreiden", "door": "A", "termijnen": 37}, "termijnen"),
]


async def test_who_decides_is_kept_without_what_nobody_sees(api: Api) -> None:
    (item, *_) = await held(api)
    body: dict[str, Any] = {
        "besluit": "kwijtschelden",
        "door": "\u200b A. Ambtenaar ",
        "artikel": " art. 9\u200b",
    }
    (decided,) = (await decide(api, item, **body))["besloten"]
    assert (decided["door"], decided["artikel"]) == ("A. Ambtenaar", "art. 9")


async def test_a_decision_that_is_tried_says_what_it_would_do_and_keeps_nothing(
    api: Api, ledger: Closing
) -> None:
    items = await held(api)
    before = await ledger.whole()
    tried = await decide(api, items[0], besluit="spreiden", termijnen=2, uitvoeren=False)
    assert [one["opOverzicht"] for one in tried["besloten"]] == ["2026-01", "2026-01", "2026-02", "2026-02"]
    await decide(api, items[0], 400, besluit="afgehandeld", uitvoeren=False)
    await decide(api, items[0], besluit="kwijtschelden", artikel="art. 9", uitvoeren=False)
    assert await held(api) == items
    assert await ledger.whole() == before
    assert await decide(api, items[0], besluit="spreiden", termijnen=2) == tried


async def test_a_waived_month_says_so_where_its_amount_stands(api: Api) -> None:
    (item, *_) = await held(api)
    await decide(api, item, besluit="kwijtschelden", artikel="art. 9")
    months = (await api.get(f"/v1/huishoudens/{ONE}/bijdragen")).json()["bijdragen"]
    shown = {one["maand"]: (one["bedragCent"], one["kwijtgescholdenCent"]) for one in months}
    assert (shown["2025-08"], shown["2025-09"]) == ((2100, 2100), (2100, 0))
    of_month = (await api.get("/v1/bijdragen?maand=2025-08")).json()["bijdragen"]
    assert [one["kwijtgescholdenCent"] for one in of_month] == [2100, 0]
    page = (await api.get(f"/huishoudens/{ONE}")).text
    assert page.count("niet te betalen") == 1
    sentence = "Van dit bedrag hoeft u €\N{NO-BREAK SPACE}21,00 niet te betalen."
    assert sentence in page
    explained = (await api.get(f"/v1/huishoudens/{ONE}/maanden/2025-08/uitleg")).json()
    assert (explained["grootboekCent"], explained["kwijtgescholdenCent"]) == (2100, 2100)
    page = (await api.get(f"/huishoudens/{ONE}/maanden/2025-08")).text
    assert sentence in page
    assert re.findall(r'number">([^<]+)</td></tr>', page)[-1] == "€\N{NO-BREAK SPACE}0,00", (
        "of all lines together"
    )


async def test_a_decision_that_is_wrong_is_refused_with_the_field(api: Api) -> None:
    (item, *_) = await held(api)
    for body, veld in WRONG:
        answer = await api.post(f"/v1/werklijst/{item['werkId']}/besluit", json=body)
        assert answer.status_code == 400, body
        assert [error["veld"] for error in answer.json()["errors"]] == [veld], body
        assert (await api.get(f"/v1/werklijst/{item['werkId']}")).json() == item, body


async def test_a_signal_is_put_once_and_opens_again_only_where_it_went_away_by_itself(
    api: Api, ledger: Closing
) -> None:
    one = Signaal("zonder-huishouden", str(house(9)), client_id=house(9))
    circle = Signaal("kring", str(house(8)), client_id=house(8))

    async def put(*signals: Signaal) -> None:
        async with ledger.pool.acquire() as tx:
            await werk.signal(tx, signals, ledger.clock())

    await put(one, circle, one)
    await put(one)
    items = (await api.get("/v1/werklijst?soort=zonder-huishouden")).json()["werklijst"]
    assert [item["clientId"] for item in items] == [str(house(9))]
    async with ledger.pool.acquire() as tx:
        await werk.lapse(tx, ["zonder-huishouden", "kring"], [house(8), house(9)], [circle], ledger.clock())
    assert (await api.get("/v1/werklijst?soort=zonder-huishouden")).json()["werklijst"] == []
    assert len((await api.get("/v1/werklijst?soort=kring")).json()["werklijst"]) == 1
    await put(one)
    (item,) = (await api.get("/v1/werklijst?soort=zonder-huishouden")).json()["werklijst"]
    await decide(api, item, besluit="afgehandeld")
    await put(one)
    assert (await api.get("/v1/werklijst?soort=zonder-huishouden")).json()["werklijst"] == []
    assert len((await api.get("/v1/werklijst?soort=zonder-huishouden&open=false")).json()["werklijst"]) == 1


async def test_the_work_list_comes_in_pages(api: Api) -> None:
    first = (await api.get("/v1/werklijst?limiet=5")).json()
    rest = (await api.get(first["volgende"])).json()
    assert (len(first["werklijst"]), len(rest["werklijst"]), rest["volgende"]) == (5, 3, None)
    assert (await api.get(f"/v1/werklijst/{house(99)}")).status_code == 404
    assert (await api.get(f"/v1/huishoudens/{house(99)}/overzichten")).status_code == 404
    assert (await api.get(f"/v1/huishoudens/{ONE}/overzichten/2025-08")).status_code == 404


async def test_months_say_how_far_they_are_and_closing_begins_when_asked(api: Api, ledger: Closing) -> None:
    await ledger.charge(ONE, "2026-01")
    shown = {one["maand"]: one for one in (await api.get("/v1/maanden")).json()["maanden"]}
    assert [(maand, one["toestand"]) for maand, one in shown.items()][-2:] == [
        ("2025-12", "definitief"),
        ("2026-01", "open"),
    ]
    assert shown["2025-12"]["totaalCent"] == 4200
    assert "nog niet voorbij" in shown["2026-01"]["sluitNietOmdat"]
    asked = await api.post("/v1/maanden/2026-01/sluiting", json={})
    assert asked.status_code == 400
    again = await api.post("/v1/maanden/2025-12/sluiting", json={})
    assert (again.status_code, again.json()["begonnen"]) == (200, False)
