"""Thousands of adversarial events of many households: where each is published, and what must come of all of them."""

import json
import signal
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.billing.domain.faults import source_agb
from services.billing.instellingen.lezen import standaard
from shared.contracts.contract import BIJDRAGE, GEBRUIK, INDICATIE, INTAKE, ONTVANGST
from shared.contracts.event import UnreadableError, contract_of, parse
from shared.kalender import local_month
from shared.messaging.producer import Message
from tests.harness import Copy, Wijkzorg, eventually
from tests.oracle.generate import to_lines
from tests.oracle.world import AANBIEDERS
from wijkzorg.bijdrage import read, rows

Wire = dict[str, Any]
Ledger = dict[tuple[str, str], int]
STOP_SECONDS_MAX = 10.0


def messages(wijkzorg: Wijkzorg, events: Iterable[Wire]) -> list[Message]:
    """The record of each event, on the topic of who says it; what cannot be read, on the first provider's."""
    return [_message(wijkzorg, event) for event in events]


def _message(wijkzorg: Wijkzorg, wire: Wire) -> Message:
    value = json.dumps(wire).encode()
    try:
        event = parse(value)
    except UnreadableError:
        return Message(wijkzorg.topic(GEBRUIK, AANBIEDERS[0]), "", value)
    contract, agb = contract_of(event), source_agb(event["source"])
    if contract.topic in (INTAKE, INDICATIE) and agb is None:
        return Message(wijkzorg.topic(contract.topic), contract.natural_key(event), value)
    if agb not in AANBIEDERS:
        agb = event["data"].get("aanbieder", AANBIEDERS[0])
    return Message(wijkzorg.topic(GEBRUIK, agb), contract.natural_key(event), value)


def owed(wijkzorg: Wijkzorg, events: Iterable[Wire]) -> Ledger:
    """What the rule says of all these events together, in the month of the service's clock."""
    horizon = local_month(datetime.fromisoformat(wijkzorg.clock))
    charged = rows(
        read(line.encode() for line in to_lines(events)), horizon, standaard().regels, uitleg=False
    )
    return {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in charged}


async def require_all_right(wijkzorg: Wijkzorg, events: Sequence[Wire]) -> None:
    """All there was is in the ledger, and everyone was told what now stands."""
    await wijkzorg.handled()
    ledger = await wijkzorg.ledger()
    assert ledger
    assert ledger == owed(wijkzorg, events)
    assert await _told_of_ledger(wijkzorg) == ledger
    for agb in AANBIEDERS:
        await require_told(wijkzorg, agb)


async def _told_of_ledger(wijkzorg: Wijkzorg) -> Ledger:
    newest: dict[tuple[str, str], tuple[int, int]] = {}
    for line in await wijkzorg.told(BIJDRAGE):
        key = line["huishoudenId"], line["maand"]
        newest[key] = max(newest.get(key, (0, 0)), (line["versie"], line["totaalCent"]))
    return {key: totaal for key, (_, totaal) in newest.items() if totaal}


async def require_told(wijkzorg: Wijkzorg, agb: str) -> None:
    """Every record of this provider has one verdict, and of what it was told the highest versie is that one."""
    judged = await wijkzorg.judged(agb)
    assert list(judged) == list(range(len(await wijkzorg.records(wijkzorg.topic(GEBRUIK, agb)))))
    newest: dict[int, Wire] = {}
    for data in await wijkzorg.told(ONTVANGST, agb):
        assert data["aanbieder"] == agb
        for line in data["oordelen"]:
            held = newest.get(line["plaats"])
            assert held is None or held["versie"] != line["versie"] or held == line
            if held is None or line["versie"] > held["versie"]:
                newest[line["plaats"]] = line
    assert newest.keys() == judged.keys()
    for place, line in judged.items():
        assert newest[place] == line, (newest[place], line)


async def handled_records(wijkzorg: Wijkzorg) -> int:
    """How many records have been handled."""
    return sum([row["next"] for row in await wijkzorg.fetch("select next from position")])


async def is_at_work(wijkzorg: Wijkzorg, records: float) -> None:
    """Wait until more than so many records have been handled."""

    async def so_far() -> bool:
        return await handled_records(wijkzorg) > records

    await eventually(so_far, f"{records:.0f} records to be handled")


async def stops_in_time(copy: Copy) -> None:
    """Told to stop it finishes what it has in hand, and ends with 0."""
    copy.signal(signal.SIGTERM)
    await ended_in_time(copy)


async def ended_in_time(copy: Copy) -> None:
    """Having been told to stop, it ends with 0, and nothing was cut off."""
    assert await copy.ended(STOP_SECONDS_MAX) == 0
    assert "cut off" not in copy.log.read_text()
