"""Explain this euro over HTTP: the rule, the ledger and the events, of months that were charged and months that were not."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.billing.app import service
from services.billing.domain.cak import TOELICHTING_CAK
from services.billing.domain.teksten import STAND
from shared.settings import ServiceSettings
from tests.component.billing import INTAKE, Billing
from tests.component.http import Api, api_of
from tests.component.said import ANNA, HOME, changed, given_to, home, use, withdraw
from tests.component.test_billing_instellingen import LOWER, copy, finish, settings
from tests.unit.wire import AGB, BERT, OTHER_HOME, event, exempt

UNKNOWN = "99999999-0000-4000-8000-000000000000"
PERSONS = {"clientId", "naam", "bsn", "geboortedatum", "reden"}


@pytest.fixture
async def api(dsn: str, billing: Billing) -> AsyncIterator[Api]:
    del billing
    settings = {"database_dsn": dsn, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    async with api_of(service(ServiceSettings.model_validate(settings))) as own:
        yield own


async def of_month(api: Api, maand: str, huishouden: str = HOME) -> dict[str, Any]:
    """Why a household does or does not owe something for a month."""
    answer = await api.get(f"/v1/huishoudens/{huishouden}/maanden/{maand}/uitleg")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["toelichting"] == TOELICHTING_CAK
    assert not PERSONS & set(names(found))
    return found


async def close(billing: Billing) -> None:
    """Make the one month that was charged definitive."""
    await billing.pool.execute(
        "insert into maand (maand, begonnen_op, tot_regel, gesloten_op, instellingen)"
        " select maand, now(), bijdrage_regel_id, now(), (select versie from instellingen) from bijdrage_regel"
    )


def names(part: Any) -> Iterator[str]:
    """Every name of a field in an answer."""
    if isinstance(part, dict):
        yield from part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from names(each)


def answers(found: dict[str, Any]) -> list[bool | None]:
    """What is answered to each of the seven rules."""
    return [one["voldaan"] for one in found["regels"]]


async def test_a_charge_is_explained_by_its_rules_its_events_and_its_lines(
    billing: Billing, api: Api
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"))
    await billing.determine()
    (charged,) = (await api.get(f"/v1/huishoudens/{HOME}/bijdragen")).json()["bijdragen"]
    found = (await api.get(f"/v1/bijdragen/{charged['bijdrageId']}/uitleg")).json()
    assert found == await of_month(api, "2026-03")
    assert (found["uitkomst"], found["bedragCent"], found["regel"]) == ("bijdrage", 2180, None)
    assert (
        found["tekst"]
        == "De eigen bijdrage over maart 2026 is €\N{NO-BREAK SPACE}21,80. Dat is één bedrag voor het hele huishouden."
    )
    assert answers(found) == [True] * 7
    assert found["aanleiding"] == ["use 1/2026-03-01"]
    assert found["regels"][0]["zorg"] == [
        {
            "toewijzingNummer": 1,
            "productcategorie": "01",
            "grondslag": "gebruik",
            "voldaan": True,
            "tekst": "De hulp is geleverd in maart 2026.",
            "gegevens": {"maand": "2026-03"},
        }
    ]
    assert found["regels"][6]["wet"] == "Wmo 2015 art. 2.1.4a lid 4"
    assert (found["stand"], found["grootboekCent"]) == ("bij", 2180)
    assert found["grootboek"] == charged["regels"]


async def test_a_month_that_was_never_charged_is_explained_too(billing: Billing, api: Api) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1), given_to(ANNA, 2, "11"))
    await billing.provider(AGB, use(1, "2026-03-02", "2026-03-31"), use(2, "2026-02-01", "2026-02-28", "11"))
    await billing.determine()
    later = await of_month(api, "2026-03")
    assert (later["regel"], later["bedragCent"], later["bijdrageId"], later["grootboek"]) == (3, 0, None, [])
    assert later["regels"][2]["zorg"][0]["gegevens"] == {"begin": "2026-03-02", "eersteMaand": "2026-04"}
    assert answers(later) == [True, True, False, None, None, None, None]
    wheelchair = await of_month(api, "2026-02")
    assert (
        wheelchair["regels"][1]["zorg"][0]["tekst"] == "Voor een rolstoel betaalt niemand een eigen bijdrage."
    )
    nothing = await of_month(api, "2026-01")
    assert (nothing["uitkomst"], nothing["regel"], nothing["aanleiding"]) == ("geen-zorg", 1, [])
    future = await of_month(api, "2026-07")
    assert (future["uitkomst"], future["regels"]) == ("later", [])


async def test_the_page_of_a_household_leaves_out_no_month_between_its_first_and_its_last(
    billing: Billing, api: Api
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-01-01", "2026-01-31"), use(1, "2026-04-01", "2026-04-30"))
    await billing.determine()
    page = (await api.get(f"/huishoudens/{HOME}")).text
    assert re.findall(r"/maanden/([0-9-]{7})", page) == ["2026-04", "2026-03", "2026-02", "2026-01"]
    assert [
        text.replace("\N{NO-BREAK SPACE}", " ") for text in re.findall(r'<td class="number">([^<]+)<', page)
    ] == [
        "€ 21,80",
        "€ 0,00",
        "€ 0,00",
        "€ 21,80",
    ]


async def test_use_taken_back_and_a_toewijzing_removed_are_explained_as_such(
    billing: Billing, api: Api
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1), given_to(ANNA, 2))
    await billing.provider(AGB, *(use(nummer, "2026-03-01", "2026-03-31") for nummer in (1, 2)))
    await billing.determine()
    await billing.provider(AGB, withdraw(1, "1/2026-03-01"))
    await billing.owner(changed(ANNA, 2, "2026-04-01T12:00:00Z", reden="13"))
    await billing.determine()
    found = await of_month(api, "2026-03")
    assert (found["regel"], found["bedragCent"], found["grootboekCent"], found["stand"]) == (1, 0, 0, "bij")
    assert [(each["toewijzingNummer"], each["tekst"]) for each in found["regels"][0]["zorg"]] == [
        (1, "De hulp is wel gemeld, maar daarna ingetrokken, of zij past niet bij de toewijzing."),
        (2, "De gemeente heeft de toewijzing ingetrokken."),
    ]
    assert [one["soort"] for one in found["grootboek"]] == ["bijdrage", "correctie"]


async def test_an_exemption_is_the_municipalitys_and_nothing_more(billing: Billing, api: Api) -> None:
    await billing.owner(home(ANNA, BERT), given_to(ANNA, 1), exempt(HOME, "2026-01", "2026-06"))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"))
    await billing.determine()
    found = await of_month(api, "2026-03")
    assert found["regel"] == 5
    assert found["regels"][4]["zorg"][0]["tekst"] == "Vrijgesteld door de gemeente."
    assert found["regels"][4]["zorg"][0]["gegevens"] == {}


async def test_a_kostprijs_says_its_amounts(billing: Billing, api: Api) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1, "12", kostprijsCent=5000))
    await billing.provider(AGB, use(1, "2026-01-01", "2026-01-31", "12"))
    await billing.determine()
    found = await of_month(api, "2026-03")
    assert (found["regel"], found["bedragCent"]) == (6, 0)
    assert found["regels"][5]["gegevens"] == {
        "toewijzing": 1,
        "kostprijsCent": 5000,
        "afgelostCent": 4360,
        "restCent": 640,
        "tariefCent": 2180,
    }
    assert found["aanleiding"] == ["use 1/2026-01-01"]


async def test_until_a_fact_is_met_the_explanation_says_that_the_ledger_is_behind(
    billing: Billing, api: Api
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.determine()
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"))
    found = await of_month(api, "2026-03")
    assert (found["stand"], found["bedragCent"], found["grootboekCent"]) == ("wordt-bepaald", 2180, 0)
    assert found["standTekst"] == STAND["wordt-bepaald"] % {"grootboek_cent": "€\N{NO-BREAK SPACE}0,00"}
    await billing.determine()
    assert (await of_month(api, "2026-03"))["stand"] == "bij"


async def test_where_facts_were_erased_a_definitive_month_says_so(billing: Billing, api: Api) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"))
    await billing.determine()
    await close(billing)
    await billing.erase(INTAKE, f"nl.wijkzorg.huishouden-vastgesteld/{HOME}")
    await billing.determine()
    found = await of_month(api, "2026-03")
    assert (found["stand"], found["grootboekCent"], found["uitkomst"]) == ("bevroren", 2180, "geen-zorg")


async def test_what_is_not_known_has_no_explanation(billing: Billing, api: Api) -> None:
    await billing.owner(home(ANNA), home(BERT, huishouden=OTHER_HOME))
    for path, why in (
        (f"huishoudens/{UNKNOWN}/maanden/2026-03", "Dit huishouden is hier niet bekend."),
        (f"bijdragen/{UNKNOWN}", "Deze bijdrage is hier niet bekend."),
    ):
        answer = await api.get(f"/v1/{path}/uitleg")
        assert (answer.status_code, answer.json()["detail"]) == (404, why)
    assert (await api.get(f"/v1/huishoudens/{HOME}/maanden/2026-13/uitleg")).status_code == 400
    before = await of_month(api, "2026-03", OTHER_HOME)
    assert before["uitkomst"] == "later", "nothing was determined yet"


async def test_each_month_is_explained_by_the_clock_and_settings_of_the_determination(
    billing: Billing, api: Api
) -> None:
    billing.clock.now = datetime(2027, 1, 15, tzinfo=UTC)
    pgb = {"leveringsvorm": "pgb", "ingangsdatum": "2026-01-01"}
    given = event(
        "toewijzing-gewijzigd",
        "budget",
        {
            "clientId": ANNA,
            "toewijzing": {
                "toewijzingNummer": 1,
                "productcategorie": "01",
                "toegewezenOp": "2026-01-01T12:00:00Z",
            }
            | pgb,
            "reden": "04",
        },
        time="2026-01-01T12:00:00Z",
    )
    await billing.owner(home(ANNA), given)
    await billing.determine()
    found = await of_month(api, "2027-01")
    assert (found["uitkomst"], found["bedragCent"], found["regel"], found["stand"]) == (
        "onbepaald",
        None,
        7,
        "bij",
    )
    assert found["aanleiding"] == ["budget"]


async def test_a_definitive_month_is_explained_by_the_settings_it_was_closed_with(
    billing: Billing, api: Api
) -> None:
    await billing.owner(home(ANNA), given_to(ANNA, 1))
    await billing.provider(AGB, use(1, "2026-03-01", "2026-03-31"))
    await billing.determine()
    await close(billing)
    await finish(copy(billing, settings(LOWER)))
    await billing.provider(AGB, use(1, "2026-04-01", "2026-04-30"))
    await finish(copy(billing, settings(LOWER)))
    for maand, cents in (("2026-03", 2180), ("2026-04", 1000)):
        found = await of_month(api, maand)
        assert (found["bedragCent"], found["grootboekCent"], found["stand"]) == (cents, cents, "bij")
        assert found["regels"][6]["gegevens"] == {"tariefCent": cents}
