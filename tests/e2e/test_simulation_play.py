"""A city played through the doors of real services: billing's ledger is the simulation's truth, however often it is played."""

from collections import Counter

from shared import gemeente
from shared.contracts.event import format_moment
from simulation.city import plan
from simulation.play import Doors, play, providers
from simulation.truth import expected_verdicts, owed
from simulation.values import City
from tests.harness import Wijkzorg


async def services(wijkzorg: Wijkzorg, city: City) -> Doors:
    """Intake, indicatie and billing, at the clock of the city."""
    wijkzorg.clock = format_moment(city.clock)
    intake, indicatie, _ = [await wijkzorg.start(name) for name in ("intake", "indicatie", "billing")]
    return Doors(intake.url, indicatie.url, wijkzorg.kafka, wijkzorg.prefix)


async def settled(wijkzorg: Wijkzorg) -> None:
    """All that was asked and published has come through."""
    for service in ("intake", "indicatie", "billing"):
        await wijkzorg.handled(service=service)


async def judged(wijkzorg: Wijkzorg, city: City) -> dict[str, int]:
    """How many records of the providers got each verdict."""
    found = Counter([o for agb in providers(city) for o in (await wijkzorg.verdicts(agb)).values()])
    return {"inAfwachting" if name == "in_afwachting" else name: n for name, n in found.items()}


async def test_a_played_city_owes_what_the_simulation_says_also_when_it_is_played_again(
    wijkzorg: Wijkzorg,
) -> None:
    city = plan(gemeente.load(None), clients=40, months=5, seed=7)
    doors = await services(wijkzorg, city)
    for _ in range(2):
        steps: list[int] = []
        await play(city, doors, lambda done, total: steps.append(total - done))  # noqa: B023 - called in this turn
        assert steps[-1] == 0
        await settled(wijkzorg)
        assert await wijkzorg.ledger() == owed(city)
        expected = expected_verdicts(city)
        assert expected.pop("ontvangen") == sum((found := await judged(wijkzorg, city)).values())
        assert found == {name: count for name, count in expected.items() if count}
