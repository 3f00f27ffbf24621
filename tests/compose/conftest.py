"""One composed system for all of these tests, on a real Docker engine; without one they are skipped.

A city is played in an empty system alone, so that test_composed.py comes before what adds other data to it.
"""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.compose.composed import Composed, clean_checkout, engine_answers


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A system from a clean checkout, up and well."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("One composed system fills a machine: `make test-compose` runs these by themselves.")
    if not engine_answers():
        pytest.skip("No Docker engine with Compose answers.")
    own = Composed(clean_checkout(tmp_path_factory.mktemp("checkout")))
    try:
        own.compose("build", "--quiet")
        own.up()
        yield own
    except BaseException:
        sys.stderr.write(own.compose("logs", "--no-color", "--tail", "40", code=None))
        raise
    finally:
        own.down()
