"""What a person does about facts that could not be read: under their own key, and never against an erasure."""

import json
from collections.abc import AsyncIterator

import pytest

from local import Backends
from shared.contracts.event import contract_of, parse
from tests.component.dood import acts, do, letters
from tests.component.reported import (
    AGBS,
    ANNA,
    BERT,
    CENTRUM,
    MEERZICHT,
    accepted,
    given,
    judged,
    lives,
    melding,
    owes,
)
from tests.component.reporting import INDICATIE, INTAKE, Reporting, Wire, ontvangst, reporting_on
from tests.conftest import own_database

PLACE = f"{INTAKE}/0/0"


@pytest.fixture
async def reporting(backends: Backends) -> AsyncIterator[Reporting]:
    async with own_database(backends, "reporting") as dsn, reporting_on(dsn) as own:
        yield own


def key_of(event: Wire) -> bytes:
    """The key under which an event stands."""
    parsed = parse(json.dumps(event))
    return contract_of(parsed).natural_key(parsed).encode()


async def spoilt(reporting: Reporting, event: Wire, topic: str = INTAKE) -> None:
    """A record under the key of this event that cannot be read."""
    await reporting.handle(topic, b"{", key=key_of(event))


async def test_a_mended_fact_is_taken_in_and_the_highest_versie_counts_still(reporting: Reporting) -> None:
    await spoilt(reporting, lives(ANNA))
    await reporting.say(lives(ANNA, MEERZICHT, versie=7), melding(ANNA))
    before = await reporting.figures()
    assert await do(reporting.api, PLACE, "herstel", value=lives(ANNA, CENTRUM, versie=3)) == {
        "uitgevoerd": True,
        "oordeel": "verwerkt",
    }
    assert await reporting.figures() == before
    await spoilt(reporting, lives(ANNA))
    newer = lives(ANNA, CENTRUM, versie=8)
    assert (await do(reporting.api, f"{INTAKE}/0/3", "herstel", value=newer, uitvoeren=False))[
        "oordeel"
    ] == "verwerkt"
    assert await reporting.figures() == before
    await do(reporting.api, f"{INTAKE}/0/3", "herstel", value=newer)
    assert (await reporting.wijk(CENTRUM))["meldingen"] == 1


async def test_mended_receipts_count_as_others_do(reporting: Reporting) -> None:
    receipt = judged(accepted(0, 1))
    await reporting.say(lives(ANNA), given(ANNA, 1))
    await spoilt(reporting, receipt, ontvangst(AGBS[0]))
    await do(reporting.api, f"{ontvangst(AGBS[0])}/0/0", "herstel", value=receipt)
    assert (await reporting.figures())["totaal"]["gebruik"] == 1


async def test_a_fact_is_mended_under_its_own_key_alone(reporting: Reporting) -> None:
    await spoilt(reporting, lives(ANNA))
    refused = await do(reporting.api, PLACE, "herstel", 400, value=lives(BERT))
    assert "eigen sleutel" in refused["errors"][0]["uitleg"]
    assert await letters(reporting.api) == [(PLACE, "onleesbaar")]


async def test_what_does_not_belong_on_its_topic_stays_refused(reporting: Reporting) -> None:
    stray = owes(ANNA, "2026-01", 1900)
    await reporting.handle(INTAKE, stray, key=key_of(stray))
    for act, value in (("herlever", None), ("herstel", stray)):
        tried = await do(reporting.api, PLACE, act, value=value, uitvoeren=False)
        assert (tried["oordeel"], tried["code"]) == ("afgewezen", "verkeerd-topic")
        await do(reporting.api, PLACE, act, 400, value=value)
    assert await acts(reporting.api, PLACE) == []


async def test_an_empty_record_is_not_redelivered_for_it_would_erase_what_came_later(
    reporting: Reporting,
) -> None:
    await reporting.handle(INTAKE, None, key=b"no fact")
    refused = await do(reporting.api, PLACE, "herlever", 400)
    assert "Een leeg bericht" in refused["errors"][0]["uitleg"]
    await do(reporting.api, PLACE, "verwerp")
    assert await letters(reporting.api) == []


async def test_an_erased_fact_does_not_come_back_by_mending_and_its_bytes_are_gone(
    reporting: Reporting,
) -> None:
    mended, open_ = lives(ANNA), lives(BERT)
    await spoilt(reporting, mended)
    await spoilt(reporting, open_)
    await do(reporting.api, PLACE, "herstel", value=mended)
    for fact in (mended, open_):
        await reporting.handle(INTAKE, None, key=key_of(fact))
    rows = await reporting.pool.fetch("select key, value, besluit from dead_letter")
    assert [tuple(row) for row in rows] == [(None, None, "gewist")] * 2
    assert await reporting.pool.fetchval("select value from intervention") is None
    for place in (PLACE, f"{INTAKE}/0/1"):
        await do(reporting.api, place, "herstel", 400, value=mended)
        await do(reporting.api, place, "herlever", 400)
    assert not await reporting.pool.fetch("select from woonperiode")


async def test_a_topic_that_the_service_does_not_read_has_no_letters(reporting: Reporting) -> None:
    await do(reporting.api, f"{INDICATIE}x/0/0", "verwerp", 404)
    assert (await reporting.api.get(f"/v1/dood/{INDICATIE}x/0/0")).status_code == 404
