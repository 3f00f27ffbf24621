"""Any order, duplication and batching of any set of facts gives the ledger of the pure rule, and keeps every promise."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import Backends
from services.billing.domain.faults import source_agb
from services.billing.instellingen.lezen import standaard
from shared.kalender import format_month, local_month
from tests.component import promises
from tests.component.billing import INDICATIE, INTAKE, Billing, billing_on, topic_of
from tests.component.properties import FEW, MANY, SEEDS, Bench, bench_of
from tests.oracle.generate import JUNK_LINES, event_lists, random_events
from tests.oracle.reference import bereken
from tests.oracle.shapes import GEBRUIK
from wijkzorg.bijdrage import read, rows

Wire = dict[str, Any]
Record = tuple[str, Wire | bytes | None, bytes | None]


@pytest.fixture(scope="module")
def bench(backends: Backends) -> Iterator[Bench[Billing]]:
    """Billing on a database for all examples."""
    with bench_of(backends, "billing", billing_on, _check) as own:
        yield own


@FEW
@given(events=event_lists(), seed=SEEDS)
def test_any_order_and_batching_gives_the_ledger_of_the_rule(
    bench: Bench[Billing], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)


@pytest.mark.long
@MANY
@given(events=event_lists(), seed=SEEDS)
def test_any_order_and_batching_gives_the_ledger_of_the_rule_two_thousand_times(
    bench: Bench[Billing], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)


@pytest.mark.long
@MANY
@given(clients=st.integers(1, 12), months=st.integers(2, 18), seed=SEEDS)
def test_larger_sets_give_the_ledger_of_the_rule_too(
    bench: Bench[Billing], clients: int, months: int, seed: int
) -> None:
    bench.check(random_events(seed, clients, months), seed)


async def _check(billing: Billing, events: list[Wire], chance: random.Random) -> None:
    await billing.clear()
    told_late = chance.random() < 0.2
    seen: dict[tuple[str, int], tuple[int, str, str | None]] = {}
    earlier, later = sorted(_a_month(events, chance) for _ in range(2))
    billing.clock.now = earlier
    for batch in _batches(_records(events, chance), chance):
        await billing.handle(batch)
        seen = _newer(seen, await billing.verdicts())
        if not told_late:
            for step in (billing.determination.determine, billing.determine, billing.tell):
                if chance.random() < 0.3:
                    await step()
        if chance.random() < 0.1:
            billing.clock.now = later
    billing.clock.now = later
    await billing.determine()
    await billing.tell()
    await promises.every_record_has_its_verdict(billing)
    await promises.months_are_those_of_the_uses(billing)
    await promises.ledger_holds(billing)
    await promises.all_is_told(billing)
    await _ledger_is_that_of_the_rule(billing, at_once=told_late)


def _a_month(events: list[Wire], chance: random.Random) -> datetime:
    """The middle of some month in which one of these was recorded."""
    return datetime.fromisoformat(chance.choice(events)["time"].upper()).astimezone(UTC).replace(day=15)


def _newer(seen: Any, now: Any) -> Any:
    """A verdict that says something else has a higher versie; one that says the same has the same."""
    for place, before in seen.items():
        after = now[place]
        assert after == before or (after[0] > before[0] and after[1:] != before[1:]), (place, before, after)
    return now


async def _ledger_is_that_of_the_rule(billing: Billing, *, at_once: bool) -> None:
    horizon = local_month(billing.clock())
    lines = [raw for log in billing.delivered.values() for raw in log if raw is not None]
    by_rule = list(rows(read(lines), horizon, standaard().regels, uitleg=False))
    totals = {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in by_rule}
    assert await billing.ledger() == totals
    assert by_rule == bereken(lines, format_month(horizon))
    if at_once:
        aanleiding = {(row["huishoudenId"], row["maand"]): row["aanleiding"] for row in by_rule}
        assert {
            (str(line["huishouden_id"]), format_month(line["maand"])): line["aanleiding"]
            for line in await billing.lines()
        } == aanleiding


def _records(events: list[Wire], chance: random.Random) -> dict[bool, dict[str, list[Record]]]:
    """The records of owners (True) and of providers, by topic, in any order, some of them more than once."""
    twins = [_twin(events, chance) for _ in range(len(events) // 4)]
    records: list[Record] = [(_topic(event), event, None) for event in events + twins]
    records += chance.choices(records, k=len(records) // chance.choice((2, 10, 40)))
    topics = sorted({record[0] for record in records})
    junk = [line.encode() for line in chance.choices(JUNK_LINES, k=chance.randint(0, 4))]
    records += [(chance.choice(topics), line, b"nothing") for line in junk]
    records += [(topic, None, None) for topic in topics if topic not in (INTAKE, INDICATIE)]
    chance.shuffle(records)
    logs: dict[bool, dict[str, list[Record]]] = {True: {}, False: {}}
    for record in records:
        logs[record[0] in (INTAKE, INDICATIE)].setdefault(record[0], []).append(record)
    return logs


def _twin(events: list[Wire], chance: random.Random) -> Wire:
    """An event that has some of its marks in common with another, and content of a third."""
    one = chance.choice(events)
    other = chance.choice([event for event in events if event["type"] == one["type"]])
    marks = {name: one[name] for name in ("id", "source", "time") if chance.random() < 0.7}
    aanbieder = {name: one["data"][name] for name in ("aanbieder",) if name in one["data"]}
    number = {name: one["data"][name] for name in ("referentieNummer",) if name in one["data"]}
    return other | marks | {"data": other["data"] | aanbieder | (number if chance.random() < 0.5 else {})}


def _topic(event: Wire) -> str:
    """The topic of an event: here the AGB in its source, else its aanbieder, is its provider."""
    kind = event["type"].removeprefix("nl.wijkzorg.").removesuffix(".v1")
    agb = source_agb(event["source"]) or (kind in GEBRUIK and event["data"].get("aanbieder"))
    if agb:
        return topic_of(agb)
    return INDICATIE if "toewijzing" in json.dumps(event) else INTAKE


def _batches(logs: dict[bool, dict[str, list[Record]]], chance: random.Random) -> Iterator[list[Record]]:
    """Batches of either stream, each from some of its topics; now and then one stream is far ahead."""
    size, favour = chance.choice((1, 4, 20, 100)), chance.choice((0.02, 0.5, 0.5, 0.98))
    while any(logs.values()):
        owners = chance.random() < favour
        logs_here = logs[owners] or logs[not owners]
        batch: list[Record] = []
        for topic in chance.sample(sorted(logs_here), chance.randint(1, len(logs_here))):
            taken = chance.randint(1, size)
            batch += logs_here[topic][:taken]
            del logs_here[topic][:taken]
            if not logs_here[topic]:
                del logs_here[topic]
        yield batch
