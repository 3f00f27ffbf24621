"""The other half of the examples of `test_billing_properties`, which begin at other sets."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from local import Backends
from tests.component.billing import Billing, billing_on
from tests.component.properties import HALF, SEEDS, Bench, bench_of
from tests.component.shuffled import check
from tests.oracle.generate import event_lists

Wire = dict[str, Any]


@pytest.fixture(scope="module")
def bench(backends: Backends) -> Iterator[Bench[Billing]]:
    """Billing on a database for all examples."""
    with bench_of(backends, "billing", billing_on, check) as own:
        yield own


@HALF
@given(events=event_lists(), seed=SEEDS)
def test_any_other_order_batching_and_restart_gives_the_ledger_of_the_rule(
    bench: Bench[Billing], events: list[Wire], seed: int
) -> None:
    bench.check(events, seed)
