"""Billing's and reporting's databases restored from an older dump, between two runs and under their feet."""

import json
import signal
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.contract import BIJDRAGE, ONTVANGST
from tests.component.said import ANNA, given_to, use
from tests.e2e import crowd
from tests.e2e.dumped import dump, restore
from tests.harness import Wijkzorg
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS
from tests.unit.wire import AGB

pytestmark = pytest.mark.city

EVENTS = random_events(seed=13, clients=25, months=12)
HALF = len(EVENTS) // 2
NUMMERS = range(1, 31)
REAL_CLOCK: dict[str, Any] = {"WIJKZORG_CLOCK": None}


async def lines(wijkzorg: Wijkzorg) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every line of the ledger, by household with month and versie."""
    rows = await wijkzorg.fetch(
        "select huishouden_id || ' ' || maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, aanleiding"
        " from bijdrage_regel"
    )
    return {(row[0], row[1]): tuple(row)[2:] for row in rows}


async def test_billing_restored_from_an_older_dump_has_the_ledger_it_told_and_tells_what_stands(
    wijkzorg: Wijkzorg, tmp_path: Path
) -> None:
    messages = crowd.messages(wijkzorg, EVENTS)
    wijkzorg.clock = datetime.now(UTC).isoformat()
    await wijkzorg.register(*AANBIEDERS)
    billing = await wijkzorg.billing(**REAL_CLOCK)
    await wijkzorg.send(messages[:HALF])
    await wijkzorg.handled()
    dumped = await dump(wijkzorg.dsn, tmp_path / "billing")
    await wijkzorg.send(messages[HALF:])
    await crowd.require_all_right(wijkzorg, EVENTS)
    ledger = await lines(wijkzorg)
    billing.signal(signal.SIGTERM)
    assert await billing.ended() == 0
    await restore(wijkzorg.dsn, dumped)
    before = len(await wijkzorg.told(BIJDRAGE))
    await wijkzorg.billing(**REAL_CLOCK)
    await crowd.require_all_right(wijkzorg, EVENTS)
    assert len(await wijkzorg.told(BIJDRAGE)) == before, "a line was told that had been told before"
    assert await lines(wijkzorg) == ledger
    await restore(wijkzorg.dsn, dumped)  # and now while it runs
    await crowd.require_all_right(wijkzorg, EVENTS)
    assert len(await wijkzorg.told(BIJDRAGE)) == before, "a line was told again, restored under its feet"
    assert await lines(wijkzorg) == ledger


async def test_where_the_clock_stands_still_a_restored_billing_gives_no_versie_twice(
    wijkzorg: Wijkzorg, tmp_path: Path
) -> None:
    """A clock that stands still, or is behind on the machine on which is restored, gives no new versies by itself."""
    uses = [json.loads(use(nummer, "2026-04-01", "2026-04-30")) for nummer in NUMMERS]
    given = [json.loads(given_to(ANNA, nummer)) for nummer in NUMMERS]
    await wijkzorg.register(AGB)
    one_by_one: dict[str, Any] = {"WIJKZORG_BATCH_RECORDS_MAX": "1"}
    billing = await wijkzorg.billing(**one_by_one)
    dumped = await dump(wijkzorg.dsn, tmp_path / "billing")
    await wijkzorg.publish(uses)
    await wijkzorg.handled()
    await wijkzorg.publish(given)
    await wijkzorg.handled()
    billing.signal(signal.SIGTERM)
    assert await billing.ended() == 0
    await restore(wijkzorg.dsn, dumped)
    await wijkzorg.billing(**one_by_one)
    await wijkzorg.handled()
    told: dict[tuple[int, int], set[str]] = defaultdict(set)
    for receipt in await wijkzorg.told(ONTVANGST, AGB):
        for line in receipt["oordelen"]:
            told[line["plaats"], line["versie"]].add(line["oordeel"])
    assert {oordeel for said in told.values() for oordeel in said} == {"in_afwachting", "geaccepteerd"}
    assert {place: said for place, said in told.items() if len(said) > 1} == {}
    assert set((await wijkzorg.verdicts(AGB)).values()) == {"geaccepteerd"}


async def test_reporting_restored_from_an_older_dump_catches_up(wijkzorg: Wijkzorg, tmp_path: Path) -> None:
    messages = crowd.messages(wijkzorg, EVENTS)
    await wijkzorg.register(*AANBIEDERS)
    await wijkzorg.billing()
    reporting = await wijkzorg.start("reporting")

    async def figures() -> Any:
        await wijkzorg.handled()
        await wijkzorg.handled(service="reporting")
        return (await wijkzorg.running_of("reporting")[0].get("/v1/wijken")).json()

    await wijkzorg.send(messages[:HALF])
    half = await figures()
    dumped = await dump(wijkzorg.dsns["reporting"], tmp_path / "reporting")
    await wijkzorg.send(messages[HALF:])
    whole = await figures()
    assert whole != half
    await restore(wijkzorg.dsns["reporting"], dumped)
    assert await figures() == whole
    reporting.signal(signal.SIGTERM)
    assert await reporting.ended() == 0
    await restore(wijkzorg.dsns["reporting"], dumped)
    await wijkzorg.start("reporting")
    assert await figures() == whole
