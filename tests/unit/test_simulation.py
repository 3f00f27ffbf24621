"""The simulation's truth against the rule of billing and against the oracle: three ways to the same figures."""

from collections import Counter

from services.billing.domain.regels import Regels
from shared import gemeente
from shared.kalender import Month, format_month, local_month
from simulation.city import plan
from simulation.messages import records
from simulation.truth import expected_verdicts, owed
from simulation.values import City
from tests.oracle.reference import bereken
from tests.oracle.verdicts import judge
from tests.unit.simulated import lines, owners
from wijkzorg.bijdrage import read, rows

ZOETERMEER = gemeente.load(None)
SIZES = [(40, 6), (15, 1), (30, 18), (25, 36)]


def city_of(clients: int, months: int, seed: int) -> City:
    """A city of Zoetermeer."""
    return plan(ZOETERMEER, clients=clients, months=months, seed=seed)


def by_billing(city: City) -> dict[tuple[str, str], int]:
    """What the rule of billing says of all the events of a city."""
    horizon = local_month(city.clock)
    found = rows(read(lines(city)), horizon, Regels(), uitleg=False)
    return {(row["huishoudenId"], row["maand"]): row["bedragCent"] for row in found}


def test_the_truth_is_what_billings_rule_makes_of_the_events() -> None:
    for seed in range(100):
        city = city_of(*SIZES[seed % len(SIZES)], seed)
        assert owed(city) == by_billing(city), f"seed {seed}"


def test_the_truth_is_what_the_oracle_makes_of_the_events() -> None:
    for seed in range(20):
        city = city_of(*SIZES[seed % len(SIZES)], seed)
        found = bereken(lines(city), format_month(Month(local_month(city.clock))))
        assert owed(city) == {(r["huishoudenId"], r["maand"]): r["bedragCent"] for r in found}, f"seed {seed}"


def test_the_verdicts_are_those_that_the_oracle_gives() -> None:
    for seed in range(20):
        city = city_of(*SIZES[seed % len(SIZES)], seed)
        told = {agb: [record.value for record in found] for agb, found in records(city).items()}
        judged = Counter(oordeel for oordeel, _ in judge(owners(city), told).values())
        expected = expected_verdicts(city)
        assert expected.pop("ontvangen") == judged.total()
        assert {"inAfwachting" if name == "in_afwachting" else name: n for name, n in judged.items()} == {
            name: n for name, n in expected.items() if n
        }, f"seed {seed}"
