"""Backup and restore as docs/OPERATIONS.md tells it, on the composed system."""

from pathlib import Path

import pytest

from tests.compose.composed import Composed, until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]
AS_ADMIN = ("exec", "-T", "postgres")
USER = "--username=postgres"
SENT_MIN = 2000


def dump(composed: Composed, service: str) -> bytes:
    """A dump of the database of a service."""
    return composed.compose_bytes(*AS_ADMIN, "pg_dump", USER, "--format=custom", f"wijkzorg_{service}")


def restore(composed: Composed, service: str, dumped: bytes) -> None:
    """Put a dump in the place of the database of a service, which is stopped meanwhile."""
    name = f"wijkzorg_{service}"
    composed.compose("stop", service)
    composed.compose(*AS_ADMIN, "dropdb", USER, "--force", name)
    composed.compose(*AS_ADMIN, "createdb", USER, f"--owner={name}", name)
    composed.compose_bytes(*AS_ADMIN, "pg_restore", USER, "--exit-on-error", f"--dbname={name}", stdin=dumped)
    composed.up()


def _received(composed: Composed) -> int:
    return sum(row["volgende"] for row in composed.json("/billing/v1/stand")["posities"])


def test_billing_and_reporting_restored_from_a_dump_made_while_they_ran_catch_up(composed: Composed) -> None:
    composed.up("--scale", "billing=1")
    before = _received(composed)
    load = composed.script(Path(__file__).with_name("load.py"))
    assert load.stdout
    assert load.stdout.readline() == "running\n"
    until(lambda: _received(composed) > before + SENT_MIN, "uses to arrive")
    dumps = {service: dump(composed, service) for service in ("billing", "reporting")}
    reached = _received(composed)
    until(lambda: _received(composed) > reached + SENT_MIN, "more uses to arrive")
    load.communicate("", timeout=300)
    figures = composed.figures()
    for service, dumped in dumps.items():
        restore(composed, service, dumped)
        assert composed.figures() == figures
    assert composed.command("status", "--diep")["goed"]
