"""What a person does about records of providers that were refused for a fault of their own."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.component import promises
from tests.component.billing import PREFIX, TABLES, Billing, billing_on, topic_of
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
from tests.component.properties import emptied
from tests.component.said import ANNA, home, use, withdraw
from tests.component.test_billing_verdicts import at, other, versies
from tests.unit.wire import AGB


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    async with billing_on(dsn) as own:
        yield own
        await own.determine()
        await own.tell()
        await promises.ledger_holds(own)
        await promises.all_is_told(own)


@pytest.fixture
async def api(dsn: str) -> AsyncIterator[Api]:
    async with billing_api(dsn) as own:
        yield own


@pytest.mark.parametrize("value", [b"{", WRONG], ids=["unreadable", "wrong money"])
async def test_a_mended_record_is_judged_as_a_new_one_and_its_provider_is_told(
    billing: Billing, api: Api, value: str | bytes
) -> None:
    await known(billing)
    await billing.provider(AGB, value)
    await billing.tell()
    assert await ledger(billing) == {}
    tried = await do(api, f"{PLACE}/0", "herstel", value=APRIL, uitvoeren=False)
    assert tried == {"uitgevoerd": False, "oordeel": "geaccepteerd"}
    assert (await billing.verdict(AGB, 0))[0] == "afgewezen"
    assert await do(api, f"{PLACE}/0", "herstel", value=APRIL) == tried | {"uitgevoerd": True}
    assert await ledger(billing) == CHARGED
    (first, _), (second, _) = told = await versies(billing)
    assert second > first
    assert [oordeel for _, oordeel in told] == ["afgewezen", "geaccepteerd"]
    assert await letters(api) == []
    assert [place for place, _ in await letters(api, besluit="hersteld")] == [f"{PLACE}/0"]
    assert await acts(api, f"{PLACE}/0") == ["hersteld"]
    assert (await api.get(f"/dood/{PLACE}/0")).status_code == 200


async def test_the_same_bytes_again_change_nothing_and_a_fact_is_not_mended_again(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    await billing.provider(AGB, b"{")
    await do(api, f"{PLACE}/0", "herstel", value=APRIL)
    before = await billing.verdicts()
    assert (await do(api, f"{PLACE}/0", "herstel", value=APRIL, door="X"))["oordeel"] == "ongewijzigd"
    refused = await do(api, f"{PLACE}/0", "herstel", 400, value=other(APRIL, volume=9))
    assert "is nu een feit" in refused["errors"][0]["uitleg"]
    assert await billing.verdicts() == before
    assert [row["door"] for row in await billing.pool.fetch("select door from intervention")] == [BY["door"]]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"{", "onleesbaar"),
        (WRONG, "bedrag-klopt-niet"),
        (home(ANNA), "onbekend-type"),
        (at(APRIL, source="urn:nld:agb:12345678:systeem:ecd"), "verkeerde-bron"),
    ],
)
async def test_bytes_with_a_fault_of_their_own_mend_nothing(
    billing: Billing, api: Api, value: str | bytes, code: str
) -> None:
    await billing.provider(AGB, b"[")
    tried = await do(api, f"{PLACE}/0", "herstel", value=value, uitvoeren=False)
    assert (tried["oordeel"], tried["code"]) == ("afgewezen", code)
    await do(api, f"{PLACE}/0", "herstel", 400, value=value)
    assert await billing.verdict(AGB, 0) == ("afgewezen", "onleesbaar")
    assert await letters(api) == [(f"{PLACE}/0", "onleesbaar")]
    assert not await billing.pool.fetch("select from intervention")


async def test_a_replay_with_what_people_did_comes_to_the_same_verdicts_and_ledger(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    may = use(2, "2026-05-01", "2026-05-31")
    await billing.provider(AGB, b"{", WRONG, b"}", may)
    await do(api, f"{PLACE}/0", "herstel", value=other(APRIL, referentieNummer="RN-A"))
    await do(api, f"{PLACE}/1", "herstel", value=withdraw(2, "RN2"))
    await do(api, f"{PLACE}/2", "verwerp")
    expected = await ledger(billing), {p: v[1:] for p, v in (await billing.verdicts()).items()}
    assert expected[0] == CHARGED
    logs = billing.delivered
    others = TABLES.replace(" intervention,", "")
    await billing.pool.execute(
        f"set session_replication_role = replica; {emptied(others)}; reset session_replication_role"
    )
    billing.delivered = {}
    billing.sent.clear()
    for topic in sorted(logs, reverse=True):
        for value in logs[topic]:
            await billing.handle([(topic, value, None)])
    assert (await ledger(billing), {p: v[1:] for p, v in (await billing.verdicts()).items()}) == expected
    assert await letters(api) == []
    assert await letters(api, besluit="alle") == [(f"{PLACE}/2", "onleesbaar")]


async def test_a_mended_use_gives_way_to_an_earlier_one_under_its_number(billing: Billing, api: Api) -> None:
    await known(billing)
    await billing.provider(AGB, b"{", other(APRIL, volume=8))
    earlier = at(APRIL, time="2026-01-01T00:00:00Z")
    assert (await do(api, f"{PLACE}/0", "herstel", value=earlier))["oordeel"] == "geaccepteerd"
    assert await billing.verdict(AGB, 1) == ("afgewezen", "referentienummer-in-gebruik")
    await billing.provider(AGB, b"}")
    assert (await do(api, f"{PLACE}/2", "herstel", value=at(earlier, id="zzz")))["oordeel"] == "dubbel"


async def test_what_was_accepted_or_waits_is_not_to_be_mended(billing: Billing, api: Api) -> None:
    await billing.provider(AGB, APRIL)
    for act, value in (("herstel", APRIL), ("herlever", None), ("verwerp", None)):
        refused = await do(api, f"{PLACE}/0", act, 400, value=value)
        assert "geen bericht dat" in refused["errors"][0]["uitleg"]
    for place in (f"{PLACE}/7", f"{PREFIX}.intake/0/0"):
        await do(api, place, "herstel", 400, value=APRIL)
    await do(api, "elsewhere.gebruik.12345678/0/0", "herstel", 404, value=APRIL)


async def test_what_still_cannot_be_read_is_not_redelivered_and_what_only_has_a_verdict_neither(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{", WRONG)
    tried = await do(api, f"{PLACE}/0", "herlever", uitvoeren=False)
    assert (tried["oordeel"], tried["code"]) == ("afgewezen", "onleesbaar")
    await do(api, f"{PLACE}/0", "herlever", 400)
    refused = await do(api, f"{PLACE}/1", "herlever", 400)
    assert "alleen worden hersteld" in refused["errors"][0]["uitleg"]


async def test_a_later_version_can_handle_what_an_earlier_one_could_not(billing: Billing, api: Api) -> None:
    await known(billing)
    async with billing.pool.acquire() as tx, tx.transaction():
        (failed,) = billing.take([(topic_of(AGB), json.loads(APRIL), None)])
        await tx.execute("insert into position values ($1, 0, 1)", topic_of(AGB))
        await billing.providers.put_aside(tx, failed, "LookupError")
    assert await letters(api) == [(f"{PLACE}/0", "niet-verwerkt")]
    assert (await do(api, f"{PLACE}/0", "herlever"))["oordeel"] == "geaccepteerd"
    assert (await do(api, f"{PLACE}/0", "herlever"))["oordeel"] == "ongewijzigd"
    assert await ledger(billing) == CHARGED
    assert await letters(api, besluit="herleverd") == [(f"{PLACE}/0", "niet-verwerkt")]


async def test_what_stays_refused_leaves_the_list_and_may_be_mended_after_all(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{")
    await do(api, f"{PLACE}/0", "verwerp", uitvoeren=False)
    assert len(await letters(api)) == 1
    for _ in range(2):
        await do(api, f"{PLACE}/0", "verwerp")
    assert (await letters(api), await letters(api, besluit="verworpen")) == (
        [],
        [(f"{PLACE}/0", "onleesbaar")],
    )
    await do(api, f"{PLACE}/0", "herstel", value=APRIL)
    assert await acts(api, f"{PLACE}/0") == ["verworpen", "hersteld"]


async def test_nobody_acts_without_a_name_and_a_reason(billing: Billing, api: Api) -> None:
    await billing.provider(AGB, b"{")
    for lacking in ({"door": " "}, {"door": ""}, {"reden": ""}, {"door": None}):
        for act in ("bytes", "herlever", "verwerp"):
            await do(api, f"{PLACE}/0", act, 400, **lacking)
    assert not await billing.pool.fetch("select from intervention")


async def test_a_letter_is_shown_masked_and_who_sees_its_bytes_is_written_down(
    billing: Billing, api: Api
) -> None:
    value = other(WRONG, naam="Jan Jansen", burgerservicenummer="999990019").encode()
    await billing.provider(AGB, value)
    shown = await api.get(f"/v1/dood/{PLACE}/0")
    for secret in ("Jansen", "999990019", "naam", "burgerservicenummer"):
        assert secret not in shown.text
    assert '"bedragCent": 1' in shown.json()["inhoud"]
    found = await do(api, f"{PLACE}/0", "bytes")
    assert json.loads(base64.b64decode(found["bytes"]))["data"]["bedragCent"] == 1
    assert await acts(api, f"{PLACE}/0") == ["bekeken"]


async def test_what_was_done_to_a_record_is_never_altered(billing: Billing, api: Api) -> None:
    await billing.provider(AGB, b"{")
    await do(api, f"{PLACE}/0", "verwerp")
    for statement in (
        "update intervention set door = 'X'",
        "delete from intervention",
        "truncate intervention",
    ):
        with pytest.raises(asyncpg.RaiseError, match="stays as it was written"):
            await billing.pool.execute(statement)


async def test_two_people_who_mend_one_record_at_once_mend_it_once(billing: Billing, api: Api) -> None:
    await billing.provider(AGB, b"{")
    answers = await asyncio.gather(*(do(api, f"{PLACE}/0", "herstel", value=APRIL) for _ in range(4)))
    assert sorted(a["oordeel"] for a in answers) == ["in_afwachting", *["ongewijzigd"] * 3]


async def test_letters_are_listed_by_page_and_counted_by_what_they_have_in_common(
    billing: Billing, api: Api
) -> None:
    strange = json.dumps({"type": "nl.wijkzorg.iets-anders.v1"})
    await billing.provider(AGB, *[b"{"] * 3, strange, strange)
    found: list[dict[str, Any]] = []
    page: str | None = "/v1/dood?limiet=2"
    while page:
        answer = (await api.get(page)).json()
        found += answer["brieven"]
        page = answer["volgende"]
    assert [one["plaats"] for one in found] == list(range(5))
    counted = (await api.get("/v1/dood/groepen")).json()
    assert (counted["aantal"], counted["aantalGroepen"]) == (5, 2)
    assert [(one["code"], one.get("type"), one["aantal"]) for one in counted["groepen"]] == [
        ("onleesbaar", None, 3),
        ("onbekend-type", "nl.wijkzorg.iets-anders.v1", 2),
    ]
    assert len(await letters(api, type="nl.wijkzorg.iets-anders.v1")) == 2
    assert len(await letters(api, topic=topic_of(AGB), code="onleesbaar")) == 3
    assert await letters(api, voor="2026-06-15T10:00:00Z") == []
    metrics = (await api.get("/metrics")).text
    for line in ("wijkzorg_dead_letters{%s} 5.0", "wijkzorg_dead_letters_handled{%s} 0.0"):
        assert line % 'service="billing"' in metrics


async def test_a_form_that_another_site_sends_or_that_is_too_large_does_nothing(
    billing: Billing, api: Api
) -> None:
    await billing.provider(AGB, b"{")
    page, form = f"/dood/{PLACE}/0", BY | {"bevestigd": "ja"}
    assert (await api.get(page)).status_code == 200
    unknown = await api.get(f"/dood/{PLACE}/9")
    assert (unknown.status_code, "Op deze plaats ligt geen bericht" in unknown.text) == (404, True)
    elsewhere = await api.post(f"{page}/verwerp", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    large = await api.post(f"{page}/herstel", data=form | {"bericht": "x" * 600_000})
    assert (elsewhere.status_code, large.status_code) == (400, 400)
    assert (await api.post(f"{page}/iets", data=form)).status_code == 404
    assert await letters(api) == [(f"{PLACE}/0", "onleesbaar")]
    done = await api.post(f"{page}/verwerp?taal=en", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert (done.status_code, done.headers["location"]) == (303, f"{page}?taal=en")
    assert await letters(api) == []


async def test_what_was_done_elsewhere_is_done_again_also_of_what_has_yet_to_be_read(
    billing: Billing, api: Api
) -> None:
    await known(billing)
    refused = await do(api, f"{PLACE}/0", "herstel", 400, value=APRIL)
    assert "geen bericht dat" in refused["errors"][0]["uitleg"]
    for oordeel in ("onthouden", "ongewijzigd"):
        for place, act, value in ((0, "herstel", APRIL), (1, "verwerp", None)):
            assert (await do(api, f"{PLACE}/{place}", act, value=value, vooraf=True))["oordeel"] == oordeel
    await do(api, f"{PLACE}/2", "herstel", 400, value=b"{", vooraf=True)
    await billing.provider(AGB, b"{", b"}", b"]")
    assert await billing.verdict(AGB, 0) == ("geaccepteerd", None)
    assert await ledger(billing) == CHARGED
    assert await letters(api) == [(f"{PLACE}/2", "onleesbaar")]
    assert await letters(api, besluit="verworpen") == [(f"{PLACE}/1", "onleesbaar")]
    answer = await api.post("/v1/dood/uitvoer?limiet=1", json=BY)
    assert (answer.json()["ingrepen"][0]["plek"], bool(answer.json()["volgende"])) == (f"{PLACE}/0", True)
