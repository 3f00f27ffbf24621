"""What was mended is mended again, and what was read and refused is found."""

import base64
from collections.abc import AsyncIterator

import pytest

from shared.messaging import intervention
from tests.component.billing import Billing, topic_of
from tests.component.dood import (
    APRIL,
    BY,
    CHARGED,
    PLACE,
    WRONG,
    acts,
    billing_api,
    do,
    known,
    ledger,
    letters,
)
from tests.component.http import Api
from tests.component.said import ANNA, changed, use, withdraw
from tests.component.test_billing_verdicts import at, other, versies
from tests.unit.wire import AGB


@pytest.fixture
async def api(dsn: str) -> AsyncIterator[Api]:
    async with billing_api(dsn) as own:
        yield own


async def test_what_was_mended_wrongly_is_mended_again_as_long_as_it_is_no_fact(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    await billing.provider(AGB, b"{")
    await billing.tell()
    mistaken = other(APRIL, toewijzingNummer=99)
    assert (await do(api, f"{PLACE}/0", "herstel", value=mistaken))["oordeel"] == "in_afwachting"
    shown = (await api.get(f"/v1/dood/{PLACE}/0")).json()
    assert (shown["oordeelNu"]["oordeel"], '"toewijzingNummer": 99' in shown["hersteld"]) == (
        "in_afwachting",
        True,
    )
    await billing.tell()
    assert (await do(api, f"{PLACE}/0", "herstel", value=APRIL))["oordeel"] == "geaccepteerd"
    assert await ledger(billing) == CHARGED
    assert [oordeel for _, oordeel in await versies(billing)] == [
        "afgewezen",
        "in_afwachting",
        "geaccepteerd",
    ]
    assert await acts(api, f"{PLACE}/0") == ["hersteld", "hersteld"]
    seen = await do(api, f"{PLACE}/0", "bytes")
    assert base64.b64decode(seen["bytes"]) == b"{"
    assert base64.b64decode(seen["hersteld"]) == APRIL.encode()
    exported = (await api.post("/v1/dood/uitvoer", json=BY)).json()["ingrepen"]
    assert [base64.b64decode(one["bytes"]) for one in exported] == [APRIL.encode()]


async def test_what_others_were_judged_by_is_not_mended_again(billing: Billing, api: Api) -> None:
    await billing.provider(AGB, b"{", b"}")
    await do(api, f"{PLACE}/0", "herstel", value=APRIL)
    await do(api, f"{PLACE}/1", "herstel", value=at(APRIL, id="zzz"))
    may = use(2, "2026-05-01", "2026-05-31")
    refused = await do(api, f"{PLACE}/0", "herstel", 400, value=may)
    assert "is nu een feit, of een ander bericht is ernaar beoordeeld" in refused["errors"][0]["uitleg"]
    for place in (1, 0):
        assert (await do(api, f"{PLACE}/{place}", "herstel", value=may))["oordeel"] in (
            "in_afwachting",
            "dubbel",
        )


async def test_what_was_taken_back_is_not_mended_again_whatever_its_verdict_has_become(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{", withdraw(1, "1/2026-04-01"))
    await do(api, f"{PLACE}/0", "herstel", value=APRIL)
    assert await billing.verdict(AGB, 1) == ("geaccepteerd", None)
    await known(billing)
    await billing.owner(changed(ANNA, 1, "2026-06-01T10:00:00Z", reden="13"))
    assert await billing.verdict(AGB, 0) == ("in_afwachting", "toewijzing-onbekend")
    await do(api, f"{PLACE}/0", "herstel", 400, value=use(2, "2026-05-01", "2026-05-31"))


async def test_what_waits_and_was_taken_back_is_not_mended_again_under_another_number(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{")
    await do(api, f"{PLACE}/0", "herstel", value=other(APRIL, toewijzingNummer=99))
    await billing.provider(AGB, withdraw(1, "1/2026-04-01"))
    await do(api, f"{PLACE}/0", "herstel", 400, value=other(APRIL, referentieNummer="ANDERS"))


async def test_what_was_read_and_refused_is_found_by_reason_type_and_provider_without_its_content(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{", WRONG, APRIL)
    asked = {"afgewezen": "true"}
    assert await letters(api, **asked) == [(f"{PLACE}/1", "bedrag-klopt-niet")]
    assert await letters(api, **asked, aanbieder=AGB, code="bedrag-klopt-niet") == await letters(api, **asked)
    for none in ({"aanbieder": "00000001"}, {"code": "x"}, {"type": "x"}, {"topic": "x"}):
        assert await letters(api, **asked, **none) == []
    (group,) = (await api.get("/v1/dood/groepen", params=asked)).json()["groepen"]
    assert (group["aanbieder"], group["aantal"], group["code"]) == (AGB, 1, "bedrag-klopt-niet")
    assert await letters(api, aanbieder=AGB) == [(f"{PLACE}/0", "onleesbaar")]
    assert await letters(api, aanbieder="00000001") == []
    page = await api.get("/dood?afgewezen=true")
    assert f"{PLACE}/1" in page.text
    await do(api, f"{PLACE}/1", "herstel", value=APRIL)
    assert await letters(api, **asked) == []


async def test_a_record_that_was_read_and_refused_is_not_said_to_be_none_where_it_is_to_stay_refused(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, WRONG, APRIL)
    for act in ("verwerp", "herlever"):
        for place, why in ((0, "kan alleen worden hersteld"), (1, "ligt geen bericht dat")):
            refused = await do(api, f"{PLACE}/{place}", act, 400)
            assert why in refused["errors"][0]["uitleg"]


async def test_however_often_a_record_was_looked_at_its_last_mending_is_known(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    await billing.provider(AGB, b"{")
    await billing.pool.execute(
        """insert into intervention (topic, partition, "offset", act, door, reden, moment)
           select $1, 0, 0, 'bekeken', 'B. Beheerder', 'kijken', now() from generate_series(1, 1200)""",
        topic_of(AGB),
    )
    assert (await do(api, f"{PLACE}/0", "herstel", value=APRIL))["oordeel"] == "geaccepteerd"
    assert (await do(api, f"{PLACE}/0", "herstel", value=APRIL))["oordeel"] == "ongewijzigd"
    assert "hersteld" in await do(api, f"{PLACE}/0", "bytes")
    assert "hersteld" in (await api.get(f"/v1/dood/{PLACE}/0")).json()


async def test_who_exports_a_page_has_looked_at_what_is_on_it_alone(billing: Billing, api: Api) -> None:
    await billing.provider(AGB, b"{", b"}", b"[")
    for place in range(3):
        await do(api, f"{PLACE}/{place}", "verwerp")
    page = (await api.post("/v1/dood/uitvoer?limiet=1", json=BY)).json()
    assert [one["plek"] for one in page["ingrepen"]] == [f"{PLACE}/0"]
    assert [await acts(api, f"{PLACE}/{place}") for place in range(3)] == [
        ["verworpen", "bekeken"],
        ["verworpen"],
        ["verworpen"],
    ]
    await api.post(page["volgende"], json=BY)
    assert await acts(api, f"{PLACE}/1") == ["verworpen", "bekeken"]


async def test_the_work_list_says_no_longer_that_a_number_is_double_once_its_second_content_is_mended(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    await billing.provider(AGB, APRIL, b"{", b"}")
    other_month = use(1, "2026-05-01", "2026-05-31", referentieNummer="1/2026-04-01")
    for place in (1, 2):
        answer = await do(api, f"{PLACE}/{place}", "herstel", value=at(other_month, id=f"second-{place}"))
        assert answer["code"] == "referentienummer-in-gebruik"
    may = use(1, "2026-05-01", "2026-05-31")
    items = []
    for place, oordeel in ((1, "geaccepteerd"), (2, "dubbel")):
        assert (await do(api, f"{PLACE}/{place}", "herstel", value=may))["oordeel"] == oordeel
        items.append([one["soort"] for one in (await api.get("/v1/werklijst")).json()["werklijst"]])
    assert items == [["dubbel-nummer"], []]


async def test_what_mends_a_record_anew_is_not_taken_for_done_where_only_the_first_mending_was(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{")
    await do(api, f"{PLACE}/0", "herstel", value=other(APRIL, toewijzingNummer=99))
    async with billing.pool.acquire() as tx:
        (first,) = await intervention.listed(tx, 0, 2)
        anew = first._replace(value=APRIL.encode())
        assert await intervention.not_done(tx, [first, anew]) == [anew]
