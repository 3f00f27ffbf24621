"""A real declaration becomes one contribution, whatever the order in which facts and file arrive."""

import pytest

from shared.contracts.contract import GEBRUIK, ONTVANGST
from shared.messaging import topics
from tests.e2e import samples
from tests.harness import Wijkzorg


@pytest.mark.parametrize("facts_first", [True, False])
@pytest.mark.parametrize(("huishoudens", "owed"), [(1, 1), (2, 2)])
async def test_a_declaration_becomes_one_contribution_a_household(
    wijkzorg: Wijkzorg, huishoudens: int, owed: int, *, facts_first: bool
) -> None:
    await wijkzorg.register(samples.AGB)
    await wijkzorg.billing()
    facts, uses = samples.facts(huishoudens), samples.declaration()
    for events in (facts, uses) if facts_first else (uses, facts):
        await wijkzorg.publish(events)
        await wijkzorg.handled()
    ledger = await wijkzorg.ledger()
    assert list(ledger.values()) == [1900] * owed
    assert {maand for _, maand in ledger} == {"2023-04"}
    assert await wijkzorg.verdicts(samples.AGB) == dict.fromkeys(range(4), "geaccepteerd")


async def test_a_provider_without_a_topic_to_be_told_on_gets_one(wijkzorg: Wijkzorg) -> None:
    """Somebody made one topic of the pair by hand: the others must not wait for it."""
    await topics.declare(wijkzorg.kafka, wijkzorg.prefix, (GEBRUIK,), samples.AGB)
    await wijkzorg.billing()
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    await wijkzorg.handled()
    assert wijkzorg.topic(ONTVANGST, samples.AGB) in await topics.existing(wijkzorg.kafka)
