"""Why one of both does not charge: asked of billing, by clients that the CAK charged and households that it did not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.billing.app import service
from shared.settings import ServiceSettings
from tests.component.billing import Billing
from tests.component.http import Api, api_of
from tests.component.said import ANNA, HOME, given_to, home, stop, use
from tests.unit.wire import AGB, BERT, OTHER_HOME, event, exempt

CARO, DIRK, EVA, FLOOR, GIJS, HANS = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "cdef67")
HOMES = {name: f"{place}" * 8 + "-0000-4000-8000-000000000000" for place, name in enumerate("CDEFG", 3)}


@pytest.fixture
async def api(dsn: str) -> AsyncIterator[Api]:
    """Its API."""
    settings = ServiceSettings(
        database_dsn=dsn, KAFKA_BOOTSTRAP_SERVERS="nowhere:1", clock="2026-06-15T10:00:00Z"
    )
    async with api_of(service(settings)) as own:
        yield own


async def clients(api: Api, maand: str, *clienten: str) -> dict[str, tuple[str | None, str | None]]:
    """By client its household and why that owes nothing."""
    answer = await api.post("/v1/cak/vergelijking/clienten", json={"maand": maand, "clienten": clienten})
    assert answer.status_code == 200, answer.text
    return {one["clientId"]: (one["huishoudenId"], one["reden"]) for one in answer.json()["clienten"]}


async def households(api: Api, maand: str, *huishoudens: str) -> dict[str, str]:
    """By household why the CAK does not charge it."""
    answer = await api.post(
        "/v1/cak/vergelijking/huishoudens", json={"maand": maand, "huishoudens": huishoudens}
    )
    assert answer.status_code == 200, answer.text
    return {one["huishoudenId"]: one["reden"] for one in answer.json()["huishoudens"]}


async def made(api: Api) -> None:
    """All that waits goes to the CAK."""
    assert (await api.post("/v1/cak/bestanden", json={"door": "iemand"})).status_code == 201


async def test_each_client_is_of_its_household_and_the_rule_says_why_that_owes_nothing(
    billing: Billing, api: Api
) -> None:
    names = {"C": CARO, "D": DIRK, "E": EVA, "F": FLOOR, "G": GIJS}
    await billing.owner(
        home(ANNA, BERT),
        given_to(ANNA, 1),
        *(home(client, huishouden=HOMES[name]) for name, client in names.items()),
        given_to(CARO, 3),
        given_to(DIRK, 4, einddatum="2026-02-28"),
        given_to(EVA, 5),
        exempt(HOMES["E"], "2026-01", "2026-12"),
        given_to(FLOOR, 6, "11"),
        given_to(GIJS, 7),
    )
    await billing.provider(
        AGB,
        use(1, "2026-03-01", "2026-03-31"),
        use(5, "2026-03-01", "2026-03-31"),
        use(6, "2026-03-01", "2026-03-31", "11"),
        use(7, "2026-03-02", "2026-03-31"),
    )
    await billing.determine()
    assert await clients(api, "2026-03", ANNA, BERT, CARO, DIRK, EVA, FLOOR, GIJS, HANS) == {
        ANNA: (HOME, None),
        BERT: (HOME, None),
        CARO: (HOMES["C"], "geen_gebruik_gemeld"),
        DIRK: (HOMES["D"], "geen_toewijzing"),
        EVA: (HOMES["E"], "vrijgesteld"),
        FLOOR: (HOMES["F"], "telt_niet_mee"),
        GIJS: (HOMES["G"], "niet_begonnen"),
        HANS: (None, "onbekende_client"),
    }
    assert await clients(api, "2018-12", ANNA) == {ANNA: (None, "geen_huishouden")}


async def test_support_that_stopped_and_a_merged_client_are_known(billing: Billing, api: Api) -> None:
    merged = {"clientId": BERT, "versie": 2, "perioden": [], "opgegaanIn": ANNA}
    await billing.owner(home(ANNA), given_to(ANNA, 1), event("client-vastgesteld", "merged", merged))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"), stop(1, "2026-03-31"))
    await billing.determine()
    assert await clients(api, "2026-03", BERT) == {BERT: (HOME, None)}
    assert await clients(api, "2026-04", BERT) == {BERT: (HOME, "gestopt")}
    assert await clients(api, "2027-05", ANNA) == {ANNA: (HOME, "gestopt")}


async def test_a_household_that_owes_says_what_the_cak_knows_of_it(billing: Billing, api: Api) -> None:
    await billing.owner(home(ANNA, BERT), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"))
    await billing.determine()
    assert await households(api, "2026-03", HOME, OTHER_HOME) == {
        HOME: "niet_gemeld_aan_cak",
        OTHER_HOME: "niet_gemeld_aan_cak",
    }
    await made(api)
    assert await households(api, "2026-03", HOME) == {HOME: "nog_niet_verwerkt"}
    assert await households(api, "2026-02", HOME) == {HOME: "niet_gemeld_aan_cak"}
    refused = {"regels": [{"referentie": "1-1", "code": "9001"}], "uitvoeren": True}
    await api.post("/v1/cak/retour", json=refused)
    assert await households(api, "2026-03", HOME) == {HOME: "afgewezen_door_cak"}
    (item,) = (await api.get("/v1/werklijst?soort=cak-afgewezen")).json()["werklijst"]
    done: dict[str, Any] = {"besluit": "afgehandeld", "door": "iemand"}
    assert (await api.post(f"/v1/werklijst/{item['werkId']}/besluit", json=done)).status_code == 200
    assert await households(api, "2026-03", HOME) == {HOME: "nog_niet_verwerkt"}


async def test_a_page_that_is_too_long_or_no_page_is_refused(api: Api) -> None:
    for wrong in (
        {"maand": "2026-03", "clienten": [ANNA] * 1001},
        {"maand": "2026-03", "clienten": []},
        {"maand": "maart", "clienten": [ANNA]},
        {"maand": "2026-03", "clienten": ["999900006"]},
    ):
        answer = await api.post("/v1/cak/vergelijking/clienten", json=wrong)
        assert answer.status_code == 400
        assert "999900006" not in answer.text
