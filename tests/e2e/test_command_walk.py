"""A new user's walk: what the README says, typed exactly so, and what such a user types next."""

import asyncio
import json
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.contract import GEBRUIK
from shared.messaging import topics
from tests.e2e.command import ROOT, Place, Up, up

pytestmark = pytest.mark.city
SERVICES = ("billing", "reporting")
"""Those that this walk is about; what has all four run is the demo."""
README_PORT = "http://127.0.0.1:8003"
DECLARATION = Path("samples/declaration.xml")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A data folder of this module's own."""
    return Place(tmp_path_factory.mktemp("walk"))


@pytest.fixture(scope="module")
def running(place: Place) -> Iterator[Up]:
    """One `up` for all tests of this module, which build upon one another's data in this order."""
    with up(place, *SERVICES) as found:
        yield found


def readme_commands() -> list[list[str]]:
    """What the README has one type in the second terminal."""
    walk = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .partition("## From a question to one contribution, by hand")[2]
    )
    blocks = re.findall(r"```sh\n(.*?)```", walk.partition("\n## ")[0], re.DOTALL)
    return [shlex.split(line) for line in blocks[1].splitlines() if line]


def test_an_unregistered_provider_is_one_sentence_and_nothing_is_published(place: Place, running: Up) -> None:
    said = place.run("gebruik", "importeer", DECLARATION)
    assert said.is_one_sentence("65656055 is not registered", "wijkzorg aanbieder registreer 65656055")
    assert running.get("/v1/stand")["posities"] == []


def test_a_provider_with_one_topic_of_its_two_is_not_registered(
    place: Place, running: Up, tmp_path: Path
) -> None:
    asyncio.run(topics.declare(running.said["kafka"], "wijkzorg", (GEBRUIK,), "41414141"))
    file = tmp_path / "declaration.xml"
    file.write_bytes((ROOT / DECLARATION).read_bytes().replace(b"65656055", b"41414141"))
    assert place.run("gebruik", "importeer", file).is_one_sentence("41414141 is not registered")


def test_the_commands_of_the_readme_give_one_contribution_of_nineteen_euros(
    place: Place, running: Up
) -> None:
    for command in readme_commands():
        if command[0] == "curl":
            owed = running.get(command[-1].removeprefix(README_PORT))["bijdragen"]
            assert [(row["maand"], row["bedragCent"]) for row in owed] == [("2023-04", 1900)]
        else:
            assert command[0] == ".venv/bin/wijkzorg"
            said = place.run(*command[1:])
            assert (said.code, said.err) == (0, "" if command[1] != "status" else said.err)
            assert command[1] != "status" or said.out == "All is handled.\n"
    assert owed, "the README asks for what is owed"
    assert running.oordelen() == ["geaccepteerd", "geaccepteerd"]


def test_status_says_in_json_and_in_words_that_all_is_handled(place: Place, running: Up) -> None:
    said = place.run("status", "--json").json
    assert said["services"] == running.said["services"]
    assert tuple(said["services"]) == SERVICES
    assert said["bij"] is True
    assert said["standen"]["billing"]["geparkeerd"] == 0
    words = place.run("status")
    assert words.out == "All is handled.\n"
    assert words.err.splitlines() == [
        f"{name} on {url}: nothing waits" for name, url in running.said["services"].items()
    ]


def test_importing_the_same_file_again_changes_nothing(place: Place, running: Up) -> None:
    household = json.loads((ROOT / "samples/facts.jsonl").read_text().splitlines()[0])["data"]["huishoudenId"]
    before = running.get(f"/v1/huishoudens/{household}/bijdragen")
    assert place.run("gebruik", "importeer", DECLARATION).code == 0
    assert place.run("aanbieder", "registreer", "65656055").code == 0
    assert place.run("status", "--wait", "60").out == "All is handled.\n"
    assert running.oordelen() == ["geaccepteerd", "geaccepteerd", "dubbel", "dubbel"]
    assert running.get(f"/v1/huishoudens/{household}/bijdragen") == before


@pytest.mark.usefixtures("running")
def test_a_second_up_is_one_sentence_and_leaves_the_first_alone(place: Place, tmp_path: Path) -> None:
    assert place.run("up", "--free-ports").is_one_sentence(f"already runs from {place.data_dir}")
    assert place.run("status").code == 0
    assert (
        Place(tmp_path / "other").run("status").is_one_sentence("Nothing runs from", "wijkzorg up --data-dir")
    )


def test_a_file_with_wrong_facts_publishes_none_and_names_each_line(
    place: Place, running: Up, tmp_path: Path
) -> None:
    good = (ROOT / "samples/facts.jsonl").read_bytes().splitlines()
    wrong = [b"{", good[1].replace(b'"besluit"', b'"oordeel"'), b'{"data": "' + b"x" * 131072 + b'"}']
    of_provider = good[0].replace(b"huishouden-vastgesteld", b"zorg-gestart")
    unknown = good[0].replace(b"huishouden-vastgesteld", b"huis-verkocht")
    file = tmp_path / "facts.jsonl"
    file.write_bytes(b"\n".join([good[0], *wrong, of_provider, unknown]) + b"\n")
    ends = running.get("/v1/stand")["posities"]
    said = place.run("feiten", "publiceer", file)
    assert said.code == 1
    assert said.out == ""
    assert "5 lines" in said.err.splitlines()[0]
    assert "nothing was" in said.err.splitlines()[0]
    assert [line.split()[1].strip(":") for line in said.err.splitlines()[1:]] == ["2", "3", "4", "5", "6"]
    assert "131072 bytes" in said.err
    assert running.get("/v1/stand")["posities"] == ends


def test_facts_are_also_read_from_standard_input(place: Place, running: Up) -> None:
    said = place.run("feiten", "publiceer", "-", "--json", typed=(ROOT / "samples/facts.jsonl").read_bytes())
    assert said.json == {
        "gepubliceerd": 3,
        "perType": {"huishouden-vastgesteld": 1, "indicatie-afgegeven": 2},
    }
    assert place.run("status", "--wait", "60").out == "All is handled.\n"
    assert running.bijdragen() == [1900]


def test_figures_are_the_same_after_a_stop_and_nothing_runs_after_any_end(place: Place, running: Up) -> None:
    questions = ("/v1/bijdragen?maand=2023-04", "/v1/ontvangsten?aanbieder=65656055")
    before = [running.get(question) for question in questions]
    assert running.end(signal.SIGINT) == 0
    assert place.until_nothing_runs() == []
    with up(place, *SERVICES) as again:
        assert place.run("status", "--wait", "60").out == "All is handled.\n"
        assert [again.get(question) for question in questions] == before
        assert len(place.processes()) > 3
        again.process.kill()
        again.process.wait()
        assert place.until_nothing_runs() == []
    assert place.run("status").is_one_sentence("Nothing runs from")
