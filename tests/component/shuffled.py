"""Billing under any order, duplication, batching, restart, new month and erasure of a set of facts."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.billing.domain.faults import source_agb
from services.billing.domain.inning import to_tell
from services.billing.domain.lagen import Lagen
from services.billing.domain.signalen import OF_CLIENTS, signalen
from services.billing.instellingen.lezen import standaard
from services.billing.uitleggen import explain
from shared.contracts.event import UnreadableError, contract_of, parse
from shared.kalender import format_month, local_month, parse_month
from tests.component import promises
from tests.component.billing import INDICATIE, INTAKE, Billing, topic_of
from tests.oracle.generate import JUNK_LINES
from tests.oracle.reference import bereken
from tests.oracle.shapes import GEBRUIK
from wijkzorg.bijdrage import read, rows

Wire = dict[str, Any]
Record = tuple[str, Wire | bytes | None, bytes | None]
EXPLAINED = 2
"""Of each example, how many months the service explains too."""


async def check(billing: Billing, events: list[Wire], chance: random.Random) -> None:
    """Deliver these in an order, in batches, with restarts, erasures and new months by chance; then all must hold."""
    await billing.clear()
    told_late = chance.random() < 0.2
    seen: dict[tuple[str, int], tuple[int, str, str | None]] = {}
    ticks = sorted(_a_month(events, chance) for _ in range(chance.randint(2, 5)))
    billing.clock.now = ticks.pop(0)
    logs = _records(events, chance)
    erased = set() if told_late else _erase(logs[True], chance)
    for batch in _batches(logs, chance):
        await billing.handle(batch)
        seen = _newer(seen, await billing.verdicts())
        if chance.random() < 0.3:
            billing.restart(dirty_max=chance.choice((1, 2, 5, 2000)))
        if not told_late:
            for step in (billing.determination.determine, billing.determine, billing.tell):
                if chance.random() < 0.3:
                    await step()
        if len(ticks) > 1 and chance.random() < 0.2:
            billing.clock.now = ticks.pop(0)
    billing.clock.now = ticks[-1]
    await billing.determine()
    await billing.tell()
    _forget(billing, erased)
    await promises.every_record_has_its_verdict(billing)
    await promises.months_are_those_of_the_uses(billing)
    await promises.ledger_holds(billing, erased=bool(erased))
    await promises.all_is_told(billing)
    await _ledger_is_that_of_the_rule(billing, chance, at_once=told_late)
    await _the_cak_is_to_be_told_what_the_rule_says(billing)
    await _the_work_list_is_what_the_facts_say(billing)


async def _the_work_list_is_what_the_facts_say(billing: Billing) -> None:
    """What is open about clients, and what is said of it, is what all facts together say: nothing is left of what was mended."""
    feiten = read(_lines(billing)).feiten().feiten
    said = signalen(feiten, Lagen(standaard().regels).bepaald(feiten, local_month(billing.clock())))
    rows = await billing.pool.fetch("select * from werk where afgehandeld_op is null")
    found = {(row["soort"], row["sleutel"]): (row["client_id"], json.loads(row["gegevens"])) for row in rows}
    expected = {(one.soort, one.sleutel): (one.client_id, one.gegevens) for one in said}
    soorten = (*OF_CLIENTS, "zonder-tarief")
    assert {key: what for key, what in found.items() if key[0] in soorten} == {
        key: what for key, what in expected.items() if key[0] in soorten
    }
    assert expected.keys() <= found.keys()


def _lines(billing: Billing) -> list[bytes]:
    """Everything that was delivered and is not empty."""
    return [raw for log in billing.delivered.values() for raw in log if raw is not None]


async def _the_cak_is_to_be_told_what_the_rule_says(billing: Billing) -> None:
    """What waits for the CAK, of which nothing was told yet, is what all facts together say."""
    said, _ = to_tell(read(_lines(billing)).feiten().feiten, Lagen(standaard().regels), (), {})
    rows = await billing.pool.fetch("select client_id, per, soort, huishouden_id, kostprijs_cent from inning")
    assert {tuple(row) for row in rows} == {tuple(one) for one in said}


def _erase(logs: dict[str, list[Record]], chance: random.Random) -> set[bytes]:
    """Strike some facts of owners somewhere after the last that was said of each; which."""
    erased: set[bytes] = set()
    for log in logs.values():
        keys = sorted({key for _, said, _ in log if (key := _key(said))})
        for key in chance.sample(keys, min(len(keys), chance.choice((0, 0, 1, 3)))):
            last = max(place for place, record in enumerate(log) if _key(record[1]) == key)
            log.insert(chance.randint(last + 1, len(log)), (log[0][0], None, key))
            erased.add(key)
    return erased


def _key(said: Wire | bytes | None) -> bytes | None:
    """Under which key a fact of an owner stands on its topic, where it is one."""
    try:
        event = parse(said if isinstance(said, bytes) else json.dumps(said).encode())
    except UnreadableError:
        return None
    return contract_of(event).natural_key(event).encode()


def _forget(billing: Billing, erased: set[bytes]) -> None:
    """What was erased was never said."""
    for topic in (INTAKE, INDICATIE):
        log = billing.delivered.get(topic, [])
        log[:] = [None if raw is None or _key(raw) in erased else raw for raw in log]


def _a_month(events: list[Wire], chance: random.Random) -> datetime:
    """The middle of some month in which one of these was recorded."""
    return datetime.fromisoformat(chance.choice(events)["time"].upper()).astimezone(UTC).replace(day=15)


def _newer(seen: Any, now: Any) -> Any:
    """A verdict that says something else has a higher versie; one that says the same has the same."""
    for place, before in seen.items():
        after = now[place]
        assert after == before or (after[0] > before[0] and after[1:] != before[1:]), (place, before, after)
    return now


async def _ledger_is_that_of_the_rule(billing: Billing, chance: random.Random, *, at_once: bool) -> None:
    horizon = local_month(billing.clock())
    lines = _lines(billing)
    explained = list(rows(read(lines), horizon, standaard().regels, uitleg=True))
    for row in chance.sample(explained, min(len(explained), EXPLAINED)):
        await _is_explained(billing, row)
    by_rule = [row for row in explained if "regel" not in row]
    totals = {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in by_rule}
    assert await billing.ledger() == totals
    assert by_rule == bereken(lines, format_month(horizon))
    if at_once:
        aanleiding = {(row["huishoudenId"], row["maand"]): row["aanleiding"] for row in by_rule}
        assert {
            (str(line["huishouden_id"]), format_month(line["maand"])): line["aanleiding"]
            for line in await billing.lines()
        } == aanleiding


async def _is_explained(billing: Billing, row: Wire) -> None:
    """The service gives the reason that the command gives."""
    maand = parse_month(row["maand"])
    async with billing.pool.acquire() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        found = await explain(tx, UUID(row["huishoudenId"]), maand, standaard())
    assert found is not None
    assert (found.uitleg.bedrag_cent, found.uitleg.regel, found.stand) == (
        row["bedragCent"],
        row.get("regel"),
        "bij",
    )
    assert found.aanleiding == row.get("aanleiding", found.aanleiding)


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
    size, favour = chance.choice((1, 4, 10, 20, 50, 100)), chance.choice((0.02, 0.5, 0.5, 0.98))
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
