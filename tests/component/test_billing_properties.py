"""Any order, duplication, batching, restart and erasure of any set of facts gives the ledger of the pure rule.

Half of the examples; the other half stands in a module of its own, so that two workers share them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import Backends
from tests.component.billing import Billing, billing_on
from tests.component.properties import HALF, MANY, SEEDS, Bench, bench_of
from tests.component.shuffled import check
from tests.oracle.generate import event_lists, random_events

Wire = dict[str, Any]


@pytest.fixture(scope="module")
def bench(backends: Backends) -> Iterator[Bench[Billing]]:
    """Billing on a database for all examples."""
    with bench_of(backends, "billing", billing_on, check) as own:
        yield own


@HALF
@given(events=event_lists(), seed=SEEDS)
def test_any_order_batching_and_restart_gives_the_ledger_of_the_rule(
    bench: Bench[Billing], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)


@pytest.mark.long
@pytest.mark.parametrize("_part", range(5), ids="two thousand {}".format)
@MANY
@given(events=event_lists(), seed=SEEDS)
def test_any_order_batching_and_restart_gives_the_ledger_of_the_rule_ten_thousand_times(
    bench: Bench[Billing], events: list[Wire], seed: int, _part: int
) -> None:
    bench.check(events, seed)


@pytest.mark.long
@MANY
@given(clients=st.integers(1, 12), months=st.integers(2, 18), seed=SEEDS)
def test_larger_sets_give_the_ledger_of_the_rule_too(
    bench: Bench[Billing], clients: int, months: int, seed: int
) -> None:
    bench.check(random_events(seed, clients, months), seed)
