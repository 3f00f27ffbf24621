"""The demo through a system that runs elsewhere, at whatever moment its clock stands, and beside other data."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from local import Backends
from tests.e2e.command import Place, Said, up
from tests.e2e.one_address import one_address

pytestmark = pytest.mark.city
CLOCK = "2026-03-03T09:00:00Z"
ASKED = ("demo", "--once", "--clients", "25", "--months", "14", "--seed", "5")


class System(NamedTuple):
    """Services that run, the address under which they stand, and the environment of commands beside them."""

    at: str
    place: Place

    def run(self, *arguments: str | Path, **environment: str) -> Said:
        """Run a command beside it."""
        return self.place.run(*arguments, typed=b"", WIJKZORG_URL=self.at, **environment)


@pytest.fixture(scope="module")
def system(backends: Backends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests of this module, which build upon one another's data in this order."""
    place = place_at(CLOCK, backends, tmp_path_factory.mktemp("elsewhere") / "data")
    with up(place) as running, one_address(running.said["services"]) as at:
        yield System(at, place)


def place_at(clock: str, backends: Backends, folder: Path) -> Place:
    """A new environment in which the services' clock stands."""
    return Place(
        folder,
        KAFKA_BOOTSTRAP_SERVERS=backends.kafka_bootstrap_servers,
        WIJKZORG_POSTGRES_DSN=backends.postgres_dsn,
        WIJKZORG_TOPIC_PREFIX=f"e{secrets.token_hex(4)}",
        WIJKZORG_CLOCK=clock,
    )


def agrees(said: Said, *, beside: int = 0) -> dict[str, Any]:
    """The figures that a demo gave, in which its own households owe what the simulation knows."""
    assert said.code == 0, said.err[-3000:]
    figures: dict[str, Any] = said.json
    assert figures["verschilMetSimulatie"] == figures["dubbeleBijdragen"] == 0
    assert figures["bijdragenVanAnderen"] == beside
    return figures


def test_a_city_played_elsewhere_is_what_the_simulation_knows_also_when_it_is_played_again(
    system: System,
) -> None:
    assert system.run("status").out == "All is handled.\n"
    figures = agrees(system.run(*ASKED, "--json"))
    assert figures["bijdragen"] > 20
    assert figures["services"] == {
        name: f"{system.at}/{name}" for name in ("billing", "indicatie", "intake", "reporting")
    }
    again = agrees(system.run(*ASKED, "--json", WIJKZORG_CLOCK="2026-03-31T21:58:00Z"))
    assert again | {"seconden": 0} == figures | {"seconden": 0}
    said = system.run("status", "--json").json
    assert (said["bij"], said["kafka"]) == (True, system.place.environment["KAFKA_BOOTSTRAP_SERVERS"])


@pytest.mark.parametrize("other", [("--seed", "6"), ("--months", "13")])
def test_where_another_city_is_nothing_is_played(system: System, other: tuple[str, str]) -> None:
    said = system.run(*ASKED, *other)
    assert said.is_one_sentence("something else than this city", "Nothing was changed")


def test_what_is_declared_beside_the_city_is_said_and_changes_nothing_of_it(system: System) -> None:
    assert system.run("feiten", "publiceer", "samples/facts.jsonl").code == 0
    assert system.run("gebruik", "importeer", "samples/declaration.xml", "--registreer").code == 0
    assert "All is handled" in system.run("status", "--wait", "60").out
    agrees(system.run(*ASKED, "--json"), beside=1)
    said = system.run(*ASKED)
    assert "1 contribution of these is of a household outside this city." in said.out
    assert "is what the simulation knows to be right" in said.out


def test_without_its_kafka_or_at_an_address_that_has_no_services_it_says_so(system: System) -> None:
    said = system.run(*ASKED, KAFKA_BOOTSTRAP_SERVERS="")
    assert said.is_one_sentence("Nothing was played", "KAFKA_BOOTSTRAP_SERVERS")
    said = system.run(*ASKED, "--at", f"{system.at}/nowhere")
    assert said.is_one_sentence(f"{system.at}/nowhere/", "answers 404")
    said = system.run(*ASKED, WIJKZORG_CLOCK="yesterday")
    assert said.is_one_sentence("WIJKZORG_CLOCK is no moment", "2026-06-30T21:59:00Z")


@pytest.mark.parametrize(
    "clock",
    ["2026-06-30T12:00:00Z", "2024-02-29T12:00:00Z", "2027-01-31T22:58:00Z", "2020-06-01T00:00:00+02:00"],
)
def test_at_any_moment_the_ledger_is_what_the_simulation_knows(
    backends: Backends, tmp_path: Path, clock: str
) -> None:
    place = place_at(clock, backends, tmp_path / "data")
    said = place.run(*ASKED, "--json", "--free-ports", "--data-dir", place.data_dir)
    assert agrees(said)["bijdragen"] > 10
    elsewhen = place.run(*ASKED, "--data-dir", place.data_dir, WIJKZORG_CLOCK="2026-06-01T00:00:00Z")
    assert elsewhen.is_one_sentence("another city", "--clients 25", "WIJKZORG_CLOCK=")
