"""The simulation's truth against the rule of billing and against the oracle: three ways to the same figures."""

from collections import Counter

import pytest

from services.billing.domain.regels import Regels
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


def city_of(seed: int) -> City:
    """A city of Zoetermeer, of another size for each of a few seeds."""
    clients, months = SIZES[seed % len(SIZES)]
    return plan(ZOETERMEER, clients=clients, months=months, seed=seed)


def by_billing(city: City) -> dict[tuple[str, str], int]:
    """What the rule of billing says of all the events of a city."""
    found = rows(read(lines(city)), local_month(city.clock), Regels(), uitleg=False)
    return {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in found}


def by_oracle(city: City) -> dict[tuple[str, str], int]:
    """What the oracle says of all the events of a city."""
    found = bereken(lines(city), format_month(local_month(city.clock)))
    return {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in found}


@pytest.mark.parametrize("seed", range(60))
def test_the_truth_is_what_billings_rule_makes_of_the_events(seed: int) -> None:
    city = city_of(seed)
    assert owed(city) == by_billing(city)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1_000, 2_000))
def test_the_truth_is_what_billings_rule_makes_of_many_cities(seed: int) -> None:
    city = city_of(seed)
    assert owed(city) == by_billing(city)


@pytest.mark.parametrize("seed", range(12))
def test_the_truth_is_what_the_oracle_makes_of_the_events(seed: int) -> None:
    city = city_of(seed)
    assert owed(city) == by_oracle(city)


@pytest.mark.parametrize("seed", range(12))
def test_the_verdicts_are_those_that_the_oracle_gives(seed: int) -> None:
    city = city_of(seed)
    told = {agb: [record.value for record in found] for agb, found in records(city).items()}
    judged = Counter(oordeel for oordeel, _ in judge(owners(city), told).values())
    expected = expected_verdicts(city)
    assert expected.pop("ontvangen") == judged.total()
    assert {
        name: judged["in_afwachting" if name == "inAfwachting" else name] for name in expected
    } == expected
