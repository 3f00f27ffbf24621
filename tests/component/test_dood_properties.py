"""Whatever of what providers send is spoilt, and mended in any order, wrongly first: the ledger is that of what is read
in its place, in a replay too."""

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from local import Backends
from shared.messaging import workbench
from shared.messaging.delivery import Place
from shared.messaging.intervention import By
from shared.refused import RefusedError
from tests.component import promises
from tests.component.billing import TABLES, Billing, billing_on
from tests.component.properties import FEW, SEEDS, Bench, bench_of, emptied
from tests.component.shuffled import Record, _a_month, _batches, _ledger_is_that_of_the_rule, _records
from tests.oracle.generate import event_lists

Wire = dict[str, Any]
SPOILT = b"{"
Meant = dict[Place, bytes]
"""What should have stood at the places of what is spoilt."""


@pytest.fixture(scope="module")
def bench(backends: Backends) -> Iterator[Bench[Billing]]:
    """Billing on a database for all examples."""
    with bench_of(backends, "billing", billing_on, check) as own:
        yield own


@FEW
@given(events=event_lists(), seed=SEEDS)
def test_what_is_spoilt_and_mended_counts_as_what_was_meant_whatever_the_order(
    bench: Bench[Billing], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)


async def check(billing: Billing, events: list[Wire], chance: random.Random) -> None:
    """Deliver these, some of providers' spoilt; mend those by chance, also wrongly, and all at the end; then hear all again."""
    await billing.clear()
    billing.clock.now = _a_month(events, chance)
    share, meant, logs = chance.choice((0.1, 0.5, 1.0)), Meant(), _records(events, chance)
    for batch in _batches(logs, chance):
        await billing.handle(_spoilt(billing, batch, meant, lambda: chance.random() < share))
        if meant and chance.random() < 0.3:
            place = chance.choice(list(meant))
            await _mend(billing, place, chance.choice((meant[place], _mistaken(meant, place, chance))))
        if chance.random() < 0.3:
            await chance.choice((billing.determination.determine, billing.determine, billing.tell))()
    came = {topic: list(log) for topic, log in billing.delivered.items()}
    for place in chance.sample(list(meant), len(meant)):
        if chance.random() < 0.6:
            await _mend(billing, place, _mistaken(meant, place, chance))
        await _mend(billing, place, meant[place])
    before = await _settled(billing, chance)
    others = TABLES.replace(" intervention,", "")
    await billing.pool.execute(
        f"set session_replication_role = replica; {emptied(others)}; reset session_replication_role"
    )
    billing.sent, mended = [], billing.delivered
    billing.delivered = {}
    for topic, log in came.items():
        await billing.handle([(topic, raw, None) for raw in log])
    billing.delivered = mended
    assert await _settled(billing, chance) == before


def _spoilt(billing: Billing, batch: list[Record], meant: Meant, spoils: Callable[[], bool]) -> list[Record]:
    """The batch as it is delivered; what should have stood in it is noted."""
    ends = {topic: len(log) for topic, log in billing.delivered.items()}
    found: list[Record] = []
    for topic, value, key in batch:
        offset = ends.get(topic, 0)
        ends[topic] = offset + 1
        if value is not None and ".gebruik." in topic and spoils():
            raw = value if isinstance(value, bytes) else json.dumps(value).encode()
            meant[Place.at(topic, 0, offset)] = raw
            found.append((topic, SPOILT, key))
        else:
            found.append((topic, value, key))
    return found


def _mistaken(meant: Meant, place: Place, chance: random.Random) -> bytes:
    """What another record of this provider should have said, or what this one should have, of another toewijzing."""
    if chance.random() < 0.6:
        return chance.choice([raw for other, raw in meant.items() if other.partition == place.partition])
    return re.sub(rb'("toewijzingNummer": ?)\d+', rb"\g<1>%d" % chance.randint(1, 12), meant[place])


async def _mend(billing: Billing, place: Place, value: bytes) -> None:
    """Mend a record; where that is refused, it stays as it was."""
    by = By("B. Beheerder", "overleg", datetime.now(UTC))
    with suppress(RefusedError, _RefusedError):
        async with billing.pool.acquire() as tx, tx.transaction():
            if (await workbench.mend(tx, billing.providers, place, by, value)).is_refused:
                raise _RefusedError
        billing.delivered[place.partition.topic][place.offset] = value


class _RefusedError(Exception):
    """Raised to take back what mended nothing."""


async def _settled(billing: Billing, chance: random.Random) -> tuple[Any, Any]:
    """The ledger, which is that of the rule, and the verdicts, when all is told."""
    await billing.determine()
    await billing.tell()
    await promises.every_record_has_its_verdict(billing)
    await promises.months_are_those_of_the_uses(billing)
    await promises.ledger_holds(billing)
    await promises.all_is_told(billing)
    await _ledger_is_that_of_the_rule(billing, chance, at_once=False)
    verdicts = {place: found[1:] for place, found in (await billing.verdicts()).items()}
    return await billing.ledger(), verdicts
