"""Copies ended, killed and frozen in the middle, and facts that come twice: the ledger is what the rule says of all."""

import asyncio
import random
import signal
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.e2e import crowd
from tests.harness import Wijkzorg, eventually
from tests.oracle.generate import random_events
from tests.oracle.world import AANBIEDERS

pytestmark = pytest.mark.city

SETTINGS: dict[str, Any] = {"WIJKZORG_BATCH_RECORDS_MAX": "100", "WIJKZORG_SESSION_TIMEOUT_SECONDS": "6"}


async def members(wijkzorg: Wijkzorg) -> frozenset[str]:
    """The copies among which what providers publish is divided; none while that is being done anew."""
    admin = AIOKafkaAdminClient(bootstrap_servers=wijkzorg.kafka)
    await admin.start()
    try:
        answer: Any
        (answer,) = await admin.describe_consumer_groups([f"{wijkzorg.prefix}.billing.aanbieder"])
        _, _, state, _, _, copies, *_ = answer.groups[0]
        return frozenset(copy[0] for copy in copies if state == "Stable")
    finally:
        await admin.close()


async def test_a_copy_killed_and_a_copy_frozen_in_the_middle_harm_nothing(wijkzorg: Wijkzorg) -> None:
    """Of two copies at work one is killed and one is frozen past its session; a third does it all; the frozen one wakes."""
    events = random_events(seed=3, clients=100, months=24)
    await wijkzorg.register(*AANBIEDERS)
    killed, frozen = await asyncio.gather(wijkzorg.billing(**SETTINGS), wijkzorg.billing(**SETTINGS))
    messages, few = crowd.messages(wijkzorg, events), len(events) // 10
    await wijkzorg.send(messages[:few])
    await wijkzorg.handled()

    async def both() -> frozenset[str] | None:
        now = await members(wijkzorg)
        return now if len(now) == 2 else None

    before: frozenset[str] = await eventually(both, "both copies to have their part")
    await wijkzorg.send(messages[few:])
    await crowd.is_at_work(wijkzorg, few)
    frozen.signal(signal.SIGSTOP)
    killed.kill()
    assert await crowd.handled_records(wijkzorg) < len(events)
    wijkzorg.copies.remove(frozen)  # it could not be asked anything
    await wijkzorg.billing(**SETTINGS)
    wijkzorg.copies.append(frozen)

    async def lost_its_place() -> bool:
        now = await members(wijkzorg)
        return bool(now) and not now & before

    await eventually(lost_its_place, "the frozen copy to lose its place")
    frozen.signal(signal.SIGCONT)
    await crowd.require_all_right(wijkzorg, events)
    assert len(wijkzorg.running) == 2


@pytest.mark.long
async def test_billing_killed_again_and_again_comes_to_what_the_rule_says(wijkzorg: Wijkzorg) -> None:
    events = random_events(seed=3, clients=300, months=24)
    await wijkzorg.register(*AANBIEDERS)
    await wijkzorg.send(crowd.messages(wijkzorg, events))
    for part in (0, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        billing = await wijkzorg.billing(ready=False, **SETTINGS)
        await crowd.is_at_work(wijkzorg, part * len(events))
        billing.kill()
        assert await crowd.handled_records(wijkzorg) < len(events)
    await wijkzorg.billing(**SETTINGS)
    await crowd.require_all_right(wijkzorg, events)


async def test_facts_shuffled_and_published_twice_change_nothing_nor_does_a_stop_under_load(
    wijkzorg: Wijkzorg,
) -> None:
    events = random_events(seed=7, clients=40, months=18)
    await wijkzorg.register(*AANBIEDERS)
    for seed in (1, 2):
        random.Random(seed).shuffle(events)  # noqa: S311 - any order will do
        await wijkzorg.send(crowd.messages(wijkzorg, events))
    billing = await wijkzorg.billing(ready=False, **SETTINGS)
    await crowd.is_at_work(wijkzorg, 0)
    await crowd.stops_in_time(billing)
    assert await crowd.handled_records(wijkzorg) < 2 * len(events)
    await wijkzorg.billing()
    await crowd.require_all_right(wijkzorg, events)
