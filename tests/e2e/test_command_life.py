"""`up` on a Kafka and PostgreSQL that run already, with a declaration of the standard; and on a port in use."""

import json
import signal
import socket
from pathlib import Path

import pytest

from local import Backends
from tests.e2e import samples
from tests.e2e.command import Place, place_on, up
from tests.unit.iwmo_samples import standard_file

pytestmark = pytest.mark.city


@pytest.fixture
def elsewhere(backends: Backends, tmp_path: Path) -> Place:
    """An environment of its own."""
    return place_on(backends, tmp_path / "data")


@pytest.mark.parametrize(("huishoudens", "facts_first"), [(1, True), (2, False)])
def test_a_declaration_of_the_standard_gives_one_contribution_a_household(
    elsewhere: Place, tmp_path: Path, huishoudens: int, *, facts_first: bool
) -> None:
    declaration = standard_file("berichten/WMO323.xml")
    facts = tmp_path / "facts.jsonl"
    facts.write_text(
        "".join(json.dumps(event) + "\n" for event in samples.facts(huishoudens)), encoding="utf-8"
    )
    publish = ("feiten", "publiceer", facts)
    usage = ("gebruik", "importeer", declaration, "--registreer", "--gemeentecode", "0384")
    with up(elsewhere, "billing") as running:
        for command in (publish, usage) if facts_first else (usage, publish):
            said = elsewhere.run(*command)
            assert said.code == 0, said.err
            waits = command is usage and not facts_first
            handled = "All is handled; 4 records wait for a fact.\n" if waits else "All is handled.\n"
            assert elsewhere.run("status", "--wait", "60").out == handled
        assert running.bijdragen() == [1900] * huishoudens
        assert running.oordelen() == ["geaccepteerd"] * 4
        assert running.bijdragen("2023-03") == running.bijdragen("2023-05") == []
        assert running.end(signal.SIGTERM) == 0
    assert elsewhere.until_nothing_runs() == []


def test_a_port_that_is_in_use_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8003))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which serves as well
        said = place.run("up")
    assert said.is_one_sentence("Port 8003", "Nothing was started", "--free-ports")
    assert place.until_nothing_runs() == []
