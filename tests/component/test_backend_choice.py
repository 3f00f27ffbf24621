"""Which Kafka and PostgreSQL the tests themselves run on: one sentence where that cannot be."""

import os
import subprocess
import sys

import pytest

from tests.harness import ROOT

pytestmark = pytest.mark.city

NOT_GIVEN = ("KAFKA_BOOTSTRAP_SERVERS", "WIJKZORG_POSTGRES_DSN")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TEST_BACKEND": "cloud"}, ("TEST_BACKEND", "'cloud'", "embedded or containers")),
        (
            {"TEST_BACKEND": "containers", "DOCKER_HOST": "tcp://127.0.0.1:1"},
            ("needs a Docker engine", "apache/kafka:", "postgres:", "leave TEST_BACKEND out"),
        ),
    ],
)
def test_a_backend_that_cannot_be_had_is_one_sentence(
    environment: dict[str, str], words: tuple[str, ...]
) -> None:
    given = {name: value for name, value in os.environ.items() if name not in NOT_GIVEN}
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/component/test_backend_choice.py",
        ],
        cwd=ROOT,
        env=given | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    (said,) = (line for line in (ran.stdout + ran.stderr).splitlines() if line)
    assert said.startswith("ERROR: ")
    assert "No test was run." in said
    assert all(word in said for word in words)
