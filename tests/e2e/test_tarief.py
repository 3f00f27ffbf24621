"""`wijkzorg tarief`, and a service started with settings of its own: what it refuses, what changes, what was said before."""

import signal
from pathlib import Path

import pytest

from local import Backends
from tests.e2e.command import Place, place_on, up
from tests.e2e.test_bereken import COUPLE, bereken
from tests.unit.trials import PERCENTAGE, plain, with_regeling

pytestmark = pytest.mark.city
LOWER = (
    plain()
    .replace("landelijk-2026-1", "eigen-1")
    .replace("tot: 2023-12, bedragCent: 1900", "tot: 2023-12, bedragCent: 1800")
)
CLOCK = "2023-05-10T10:00:00Z"
"""Within the grace of April 2023: it is not definitive yet."""
RUN_SECONDS_MAX = "60"


@pytest.fixture
def place(backends: Backends, tmp_path: Path) -> Place:
    """An environment in which a couple owes April 2023."""
    return place_on(backends, tmp_path / "data", WIJKZORG_CLOCK=CLOCK)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of settings with a lower tariff for 2023."""
    own = tmp_path / "eigen.yml"
    own.write_text(LOWER, encoding="utf-8")
    return own


def test_what_a_trial_says_happens_once_the_service_is_started_with_that_file(
    place: Place, file: Path
) -> None:
    with up(place, "billing") as first:
        for command in (
            ("feiten", "publiceer", "samples/facts.jsonl"),
            ("aanbieder", "registreer", "65656055"),
            ("gebruik", "importeer", "samples/declaration.xml"),
            ("status", "--wait", RUN_SECONDS_MAX),
        ):
            assert place.run(*command).code == 0, command
        assert first.bijdragen() == [1900]
        assert place.run("tarief", "toon", "--json").json["versie"] == "landelijk-2026-1"
        said = place.run("tarief", "probeer", file, "--json").json
        assert [(r["maand"], r["minder"], r["voorCent"], r["naCent"]) for r in said["verschillen"]] == [
            ("2023-04", 1, 1900, 1800)
        ]
        shown = place.run("tarief", "probeer", file)
        assert "€ 18.00 instead of € 19.00. Nothing was changed." in shown.out
        assert "2023-04" in shown.err
        assert first.bijdragen() == [1900]
        first.end(signal.SIGTERM)
    place.environment["WIJKZORG_INSTELLINGEN"] = str(file)
    with up(place, "billing") as second:
        assert place.run("status", "--wait", RUN_SECONDS_MAX).code == 0
        assert second.bijdragen() == [1800]
        assert place.run("tarief", "toon", "--json").json["versie"] == "eigen-1"
        assert place.run("tarief", "probeer", file, "--json").json["verschillen"] == []


def test_a_file_that_is_wrong_is_refused_by_the_command_and_by_the_service(place: Place, file: Path) -> None:
    file.write_text(LOWER.replace("respijtDagen: 21", "respijtDagen: -1"), encoding="utf-8")
    line = LOWER[: LOWER.index("respijtDagen")].count("\n") + 1
    words = f"bestand {file}, regel {line}: respijtDagen: Dit mag niet minder of eerder zijn dan 0."
    assert place.run("tarief", "probeer", file).is_one_sentence(words)
    assert words in place.run("up", "billing", "--free-ports", WIJKZORG_INSTELLINGEN=str(file)).err
    done = bereken(COUPLE, "--instellingen", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"wijkzorg: {words}\n")


def test_the_service_does_not_start_with_a_scheme_on_made_up_incomes(place: Place, file: Path) -> None:
    file.write_text(with_regeling(PERCENTAGE), encoding="utf-8")
    said = place.run("up", "billing", "--free-ports", WIJKZORG_INSTELLINGEN=str(file))
    assert said.code == 1
    assert "Deze regeling rekent met bedachte inkomens" in said.err


def test_the_rule_outside_any_service_takes_the_same_file(file: Path) -> None:
    done = bereken(COUPLE, "--instellingen", str(file))
    assert '"maand": "2023-04", "bedragCent": 1800' in done.stdout
