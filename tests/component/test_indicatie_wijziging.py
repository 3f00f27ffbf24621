"""Changes of a toewijzing: each later than the one before, removal and giving again, and what is refused."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import pytest

from local import Backends
from services.indicatie.store import beschikking
from tests.component.indicatie import PGB, ZIN, Indicatie, Wire, aanvraag, client, indicatie, indicatie_on
from tests.conftest import own_database
from tests.unit.wire import ANNA

GIVEN_OP = "2026-06-09T22:00:00Z"


@pytest.fixture
async def service(backends: Backends) -> AsyncIterator[Indicatie]:
    """Indicatie that gave Anna toewijzing 1 on 10 June."""
    async with own_database(backends, "indicatie") as dsn, indicatie_on(dsn) as own:
        await own.heard(client(), aanvraag())
        await own.made("indicaties", indicatie(ZIN))
        yield own


def wijziging(reden: str, datum: str = "2026-06-12", **changes: object) -> Wire:
    """A change of toewijzing 1."""
    return {"toewijzingNummer": 1, "datum": datum, "reden": reden} | changes


async def test_a_change_is_told_whole_and_is_current_from_then_on(service: Indicatie) -> None:
    omvang = {"volume": 90, "eenheid": "01", "frequentie": "2"}
    made = await service.made("wijzigingen", wijziging("05", einddatum="2026-12-31", omvang=omvang))
    now = ZIN | {
        "toewijzingNummer": 1,
        "einddatum": "2026-12-31",
        "omvang": omvang,
        "toegewezenOp": "2026-06-11T22:00:00Z",
    }
    assert made == now | {"reden": "05"}
    assert await service.told("gewijzigd") == [{"clientId": ANNA, "toewijzing": now, "reden": "05"}]


async def test_every_change_is_later_than_the_one_before_whatever_its_date(service: Indicatie) -> None:
    for day, datum in enumerate(("2026-06-10", "2026-05-01", "2026-06-14", "2026-06-14")):
        await service.made("wijzigingen", wijziging("04", datum, einddatum=f"2026-12-0{day + 1}"))
    moments = [told["toewijzing"]["toegewezenOp"] for told in await service.told("gewijzigd")]
    assert moments == [
        "2026-06-09T22:00:00.001000Z",
        "2026-06-09T22:00:00.002000Z",
        "2026-06-13T22:00:00Z",
        "2026-06-13T22:00:00.001000Z",
    ]
    rows = await service.api.pool.fetch("select toegewezen_op from toewijzing_versie order by toegewezen_op")
    assert len(rows) == 5


async def test_null_takes_a_field_away_and_makes_in_kind_a_budget(service: Indicatie) -> None:
    made = await service.made("wijzigingen", wijziging("08", leveringsvorm="pgb", aanbieder=None))
    assert "aanbieder" not in made
    assert made["leveringsvorm"] == "pgb"
    unchanged = wijziging("14", productcategorie=None, ingangsdatum=None, productcode="02A01")
    assert (await service.made("wijzigingen", unchanged))["ingangsdatum"] == "2026-07-01"


async def test_what_was_removed_may_be_given_again(service: Indicatie) -> None:
    assert (await service.made("wijzigingen", wijziging("13")))["reden"] == "13"
    assert (await service.get("tellingen"))["toewijzingen"] == 0
    await service.made("wijzigingen", wijziging("14"))
    assert (await service.get("tellingen"))["toewijzingen"] == 1
    states = (await service.told("afgegeven"))[0]["toewijzingen"]
    states += [told["toewijzing"] for told in await service.told("gewijzigd")]
    moments = [datetime.fromisoformat(state.pop("toegewezenOp")) for state in states]
    assert moments == sorted(set(moments))
    assert states == [ZIN | {"toewijzingNummer": 1}] * 3


async def test_the_decision_stays_as_it_was_issued(service: Indicatie) -> None:
    await service.made("wijzigingen", wijziging("04", einddatum="2026-12-31"))
    assert [await service.get("indicaties/1")] == await service.told("afgegeven")


WRONG: list[tuple[Wire, list[str]]] = [
    (wijziging("04", toewijzingNummer=2), ["toewijzingNummer"]),
    (wijziging("04"), ["toewijzingNummer"]),
    (wijziging("13", einddatum="2026-12-31"), ["reden"]),
    (wijziging("04", "2026-06-16", einddatum="2026-06-30"), ["datum", "einddatum"]),
    (wijziging("09", aanbieder=None, kostprijsCent=1), ["aanbieder", "kostprijsCent"]),
    (wijziging("01", einddatum="2026-12-31"), ["reden"]),
]


async def test_a_change_that_cannot_be_is_refused_by_its_fields(service: Indicatie) -> None:
    for body, velden in WRONG:
        assert list(await service.refused("wijzigingen", body)) == velden, body


async def test_of_one_change_sent_many_times_at_once_exactly_one_is_made(service: Indicatie) -> None:
    for body in (wijziging("04", einddatum="2026-12-31"), wijziging("13")):
        answers = await asyncio.gather(*[service.post("wijzigingen", body) for _ in range(8)])
        assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 7}


async def test_other_changes_at_once_all_come_one_after_the_other(service: Indicatie) -> None:
    bodies = [wijziging("04", einddatum=f"2026-12-{day}") for day in range(10, 22)]
    answers = await asyncio.gather(*[service.post("wijzigingen", body) for body in bodies])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["toegewezenOp"] for answer in answers}) == len(bodies)


async def test_the_database_itself_refuses_two_states_of_one_moment(service: Indicatie) -> None:
    async with service.api.pool.acquire() as tx:
        state = await beschikking.find_toewijzing(tx, 1)
        assert state is not None
        with pytest.raises(asyncpg.UniqueViolationError):
            await beschikking.add_versies(tx, [state.toewijzing])


async def test_an_unknown_toewijzing_or_decision_is_not_found(service: Indicatie) -> None:
    for path in ("toewijzingen/2", "indicaties/2", f"plannen/{ANNA}", f"evaluaties/{ANNA}", "aanvragen/2"):
        answer = await service.api.get(f"/v1/{path}")
        assert answer.status_code == 404
        assert answer.json()["detail"].endswith("is hier niet bekend.")


async def test_a_budget_has_no_provider_to_begin_with(service: Indicatie) -> None:
    await service.heard(aanvraag("another"))
    made = await service.made("indicaties", indicatie(PGB, aanvraag_id="another", besluit="deels"))
    assert "aanbieder" not in made["toewijzingen"][0]
