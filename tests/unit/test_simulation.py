"""The simulation's truth against the rule of billing and against the oracle: three ways to the same figures."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from services.billing.instellingen.lezen import standaard
from shared import gemeente
from shared.kalender import format_month, local_month
from simulation.city import City, plan
from simulation.messages import records
from simulation.truth import expected_verdicts, owed
from tests.oracle.reference import bereken
from tests.oracle.verdicts import judge
from tests.unit.simulated import lines, owners
from wijkzorg.bijdrage import read, rows

ZOETERMEER = gemeente.load(None)
SIZES = [(40, 6), (15, 1), (30, 18), (25, 60)]
"""Clients and months."""
CLOCKS = [
    datetime.fromisoformat(moment)
    for moment in (
        "2019-09-30T12:00:00+02:00",
        "2020-06-01T00:00:00+02:00",
        "2024-02-29T12:00:00Z",
        "2025-01-15T08:00:00Z",
        "2026-06-30T12:00:00Z",
        "2026-11-30T22:59:59Z",
        "2027-01-01T00:00:00+01:00",
        "2027-03-03T03:03:03Z",
        "2044-07-01T00:00:00+02:00",
    )
]
"""First and last days, a January, a 29 February, months that were not due or have no tariff, and years far away."""


def city_of(seed: int) -> City:
    """A city of Zoetermeer, of another size for each of a few seeds."""
    clients, months = SIZES[seed % len(SIZES)]
    return plan(ZOETERMEER, clients=clients, months=months, seed=seed)


def by_billing(city: City, at: datetime | None = None) -> dict[tuple[str, str], int]:
    """What the rule of billing says of all the events of a city, played at its own clock or at a later moment."""
    found = rows(read(lines(city, at)), local_month(at or city.clock), standaard().regels, uitleg=False)
    return {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in found}


def seeds(quick: int, all_of_them: int) -> list[Any]:
    """So many cities each time, and the others in the long run."""
    others = range(quick, all_of_them)
    return [*range(quick), *(pytest.param(seed, marks=pytest.mark.long) for seed in others)]


def by_oracle(city: City) -> dict[tuple[str, str], int]:
    """What the oracle says of all the events of a city."""
    found = bereken(lines(city), format_month(local_month(city.clock)))
    return {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in found}


@pytest.mark.parametrize("seed", seeds(20, 60))
def test_the_truth_is_what_billings_rule_makes_of_the_events(seed: int) -> None:
    city = city_of(seed)
    assert owed(city) == by_billing(city)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("seed", range(4))
def test_the_truth_is_what_billings_rule_makes_of_a_city_played_at_any_moment(
    clock: datetime, seed: int
) -> None:
    clients, months = SIZES[seed]
    city = plan(ZOETERMEER, clients=clients, months=min(months, 18), seed=seed, clock=clock)
    assert city.clock <= clock
    assert owed(city, local_month(clock)) == by_billing(city, clock)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1_000, 2_000, 100))
def test_the_truth_is_what_billings_rule_makes_of_many_cities(first: int) -> None:
    for seed in range(first, first + 100):
        city = city_of(seed)
        assert owed(city) == by_billing(city), seed


@pytest.mark.parametrize("seed", seeds(6, 12))
def test_the_truth_is_what_the_oracle_makes_of_the_events(seed: int) -> None:
    city = city_of(seed)
    assert owed(city) == by_oracle(city)


@pytest.mark.parametrize("seed", seeds(6, 12))
def test_the_verdicts_are_those_that_the_oracle_gives(seed: int) -> None:
    city = city_of(seed)
    told = {agb: [record.value for record in found] for agb, found in records(city).items()}
    judged = Counter(oordeel for oordeel, _ in judge(owners(city), told).values())
    expected = expected_verdicts(city)
    assert expected.pop("ontvangen") == judged.total()
    assert {
        name: judged["in_afwachting" if name == "inAfwachting" else name] for name in expected
    } == expected
