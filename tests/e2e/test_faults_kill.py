"""SIGTERM and kill -9 in the middle, and facts that come twice in any order: the ledger is what the rule says of all of them."""

import random
import signal
from typing import Any

import pytest

from tests.e2e import crowd
from tests.harness import Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

SETTINGS: dict[str, Any] = {"WIJKZORG_BATCH_RECORDS_MAX": "200", "WIJKZORG_SESSION_TIMEOUT_SECONDS": "6"}

STOP_SECONDS_MAX = 10.0


async def handled_records(wijkzorg: Wijkzorg) -> int:
    """How many records have been handled."""
    return sum([row["next"] for row in await wijkzorg.fetch("select next from position")])


async def interrupted(wijkzorg: Wijkzorg, events: list[crowd.Wire], *parts: float) -> None:
    """Publish all; end billing when so much of it is handled, politely first and then by kill -9; all must come right."""
    await wijkzorg.register(*AANBIEDERS)
    await wijkzorg.send(crowd.messages(wijkzorg, events))
    for number, part in enumerate(parts):

        async def so_far(part: float = part) -> bool:
            return await handled_records(wijkzorg) > part * len(events)

        billing = await wijkzorg.billing(ready=False, **SETTINGS)
        await eventually(so_far, f"{part:.0%} to be handled")
        if number == 0:
            billing.signal(signal.SIGTERM)
            assert await billing.ended(STOP_SECONDS_MAX) == 0
            assert "cut off" not in billing.log.read_text()
        billing.kill()
        assert await handled_records(wijkzorg) < len(events)
    await wijkzorg.billing(**SETTINGS)
    await crowd.require_all_right(wijkzorg, events)


async def test_billing_ended_and_then_killed_in_the_middle_comes_to_what_the_rule_says(
    wijkzorg: Wijkzorg,
) -> None:
    await interrupted(wijkzorg, random_events(seed=3, clients=100, months=24), 0, 0.3)


@pytest.mark.long
async def test_billing_killed_again_and_again_comes_to_what_the_rule_says(wijkzorg: Wijkzorg) -> None:
    parts = (0, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    await interrupted(wijkzorg, random_events(seed=3, clients=300, months=24), *parts)


async def test_facts_shuffled_and_published_twice_change_nothing(wijkzorg: Wijkzorg) -> None:
    events = random_events(seed=7, clients=40, months=18)
    await wijkzorg.register(*AANBIEDERS)
    await wijkzorg.billing()
    for seed in (1, 2):
        random.Random(seed).shuffle(events)  # noqa: S311 - any order will do
        await wijkzorg.send(crowd.messages(wijkzorg, events))
    await crowd.require_all_right(wijkzorg, events)
