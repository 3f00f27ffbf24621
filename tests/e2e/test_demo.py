"""The demo, by the installed command: its ledger is what the simulation knows, whatever happens to the services."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local import Backends
from shared import gemeente
from simulation import city, truth
from tests.e2e.command import ROOT, WIJKZORG, Place, place_on, up

pytestmark = pytest.mark.city
SERVICES = ("intake", "indicatie", "billing", "reporting")
CLIENTS, MONTHS, SEED = 25, 4, 3
ASKED = ("--clients", str(CLIENTS), "--months", str(MONTHS), "--seed", str(SEED))
DEMO_SECONDS_MAX = 240.0
POLL_SECONDS = 0.05


@pytest.fixture
def elsewhere(backends: Backends, tmp_path: Path) -> Place:
    """An environment of its own."""
    return place_on(backends, tmp_path / "data")


@pytest.fixture(scope="module")
def played(backends: Backends, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, dict[str, Any]]:
    """A place in which the city was played, and the figures it gave; everything there has ended."""
    place = place_on(backends, tmp_path_factory.mktemp("played") / "data")
    with demo(place) as process:
        figures = figures_of(place, process)
    assert place.until_nothing_runs() == []
    return place, figures


@contextmanager
def demo(place: Place, *more: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A demo that runs in a place."""
    command = [
        str(WIJKZORG),
        "demo",
        "--once",
        "--json",
        "--free-ports",
        *ASKED,
        "--data-dir",
        str(place.data_dir),
        *more,
    ]
    with (place.data_dir.parent / "demo.err").open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def figures_of(place: Place, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What a demo says at its end, without what differs from run to run."""
    out, _ = process.communicate(timeout=DEMO_SECONDS_MAX)
    assert process.returncode == 0, (place.data_dir.parent / "demo.err").read_text()[-3000:]
    figures: dict[str, Any] = json.loads(out)
    assert figures.pop("services").keys() == set(SERVICES)
    assert figures.pop("seconden") > 0
    return figures


def is_right(figures: dict[str, Any]) -> None:
    """See that figures agree with the simulation, and with each other."""
    plan = city.plan(gemeente.load(None), clients=CLIENTS, months=MONTHS, seed=SEED)
    owed = truth.owed(plan)
    assert figures["verschilMetSimulatie"] == 0
    assert figures["dubbeleBijdragen"] == 0
    assert figures["clientenZonderKlanthouder"] == 0
    assert figures["bijdragen"] == len([cent for cent in owed.values() if cent]) > 0
    assert figures["bijdragenCent"] == sum(owed.values())
    wijken = figures["perWijk"]
    for name in ("bijdragen", "bijdragenCent", "meldingen"):
        assert sum(row[name] for row in wijken) == figures[name], name
    gebruik = figures["gebruik"]
    assert gebruik["ontvangen"] == sum(count for name, count in gebruik.items() if name != "ontvangen")
    assert gebruik["geaccepteerd"] > 20


def test_the_ledger_is_what_the_simulation_knows_and_the_figures_agree(
    played: tuple[Place, dict[str, Any]],
) -> None:
    is_right(played[1])


def test_a_played_city_stays_as_it_is_when_it_is_stopped_started_and_asked_for_again(
    played: tuple[Place, dict[str, Any]],
) -> None:
    place, before = played
    with up(place) as running:
        place.run("status", "--wait", "60")
        assert running.get("/v1/tellingen")["bijdragenCent"] == before["bijdragenCent"]
        wijken = running.get("/v1/wijken", "reporting")["wijken"]
        assert [row["bijdragenCent"] for row in wijken] == [row["bijdragenCent"] for row in before["perWijk"]]
        assert running.end(signal.SIGTERM) == 0
    with demo(place) as process:
        assert figures_of(place, process) == before


def test_a_folder_that_holds_another_city_or_other_data_is_left_alone(
    played: tuple[Place, dict[str, Any]], tmp_path: Path
) -> None:
    place, _ = played
    other = place.run("demo", "--once", "--seed", "9", "--data-dir", place.data_dir)
    assert other.is_one_sentence("another city", "Nothing was changed", "--data-dir")
    (tmp_path / "intake.password").touch()
    other = place.run("demo", "--once", "--data-dir", tmp_path)
    assert other.is_one_sentence("not a demo's", "Nothing was changed", "--data-dir")


def test_a_folder_whose_note_is_damaged_says_so(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text('{"clients": 3', encoding="utf-8")
    place = Place(tmp_path)
    assert place.run("demo", "--once", "--data-dir", tmp_path).is_one_sentence(
        "damaged", "Nothing was started"
    )
    assert place.run("up", "--free-ports").is_one_sentence("damaged", "Nothing was started")


def test_a_demo_broken_off_says_so_and_goes_on_when_it_is_asked_for_again(
    elsewhere: Place, played: tuple[Place, dict[str, Any]]
) -> None:
    with demo(elsewhere) as process:
        _until(elsewhere, process, lambda done: done > 1)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=DEMO_SECONDS_MAX)
    assert (process.returncode, out) == (1, b"")
    last = (elsewhere.data_dir.parent / "demo.err").read_text().splitlines()[-1]
    assert "broken off" in json.loads(last)["error"]
    with demo(elsewhere) as process:
        assert figures_of(elsewhere, process) == played[1]


def test_two_copies_of_every_service_elsewhere_give_the_same_figures(
    elsewhere: Place, played: tuple[Place, dict[str, Any]]
) -> None:
    with demo(elsewhere, "--copies", "2") as process:
        assert figures_of(elsewhere, process) == played[1]


def test_every_service_killed_in_turn_in_the_middle_changes_nothing(elsewhere: Place) -> None:
    with demo(elsewhere) as process:
        for number, service in enumerate(SERVICES, start=1):
            _until(elsewhere, process, lambda done, n=number: done >= n * CLIENTS // 5)
            os.kill(_pid_of(elsewhere, service), signal.SIGKILL)
        is_right(figures_of(elsewhere, process))
    said = (elsewhere.data_dir.parent / "demo.err").read_text()
    for service in SERVICES:
        assert f"{service} was ended by signal 9; it is started again" in said


def _until(place: Place, process: "subprocess.Popen[bytes]", enough: Any) -> None:
    """Wait until so many meldingen are there."""
    deadline = time.monotonic() + DEMO_SECONDS_MAX
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo ended before its services were killed"
        try:
            url = (place.data_dir / "intake.url").read_text().strip()
            with urllib.request.urlopen(f"{url}/v1/tellingen", timeout=5) as answer:  # noqa: S310 - our own service
                if enough(json.load(answer)["meldingen"]):
                    return
        except (OSError, urllib.error.URLError, ValueError):
            pass
        time.sleep(POLL_SECONDS)
    raise AssertionError("too few meldingen in time")


def _pid_of(place: Place, service: str) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = str(place.data_dir).encode() in (process / "environ").read_bytes()
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if ours and f"services.{service}.app".encode() in words:
            return int(process.name)
    raise AssertionError(f"{service} does not run")
