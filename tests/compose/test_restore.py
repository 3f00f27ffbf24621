"""Backup and restore as docs/BACKUP.md tells it, on the composed system."""

from pathlib import Path

import pytest

from tests.compose.composed import SERVICES, Composed, until
from tests.harness import ROOT

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]
AS_ADMIN = ("exec", "-T", "postgres")
USER = "--username=postgres"
SENT_MIN = 2000
KAFKA = ("run", "--rm", "-T", "--no-deps", "--entrypoint")
SHOWN = "/run/secrets/wijkzorg_database_password"
DATA = "/var/lib/kafka/data"


def dump(composed: Composed, service: str) -> bytes:
    """A dump of the database of a service."""
    return composed.compose_bytes(*AS_ADMIN, "pg_dump", USER, "--format=custom", f"wijkzorg_{service}")


def restore(composed: Composed, service: str, dumped: bytes) -> None:
    """Put a dump in the place of the database of a service, which is stopped meanwhile."""
    composed.compose("stop", service)
    put_back(composed, service, dumped)
    composed.up()


def put_back(composed: Composed, service: str, dumped: bytes) -> None:
    """Make the database of a service, which is stopped, anew from a dump."""
    name = f"wijkzorg_{service}"
    composed.compose(*AS_ADMIN, "dropdb", USER, "--force", name)
    composed.compose(*AS_ADMIN, "createdb", USER, f"--owner={name}", name)
    into = ("pg_restore", USER, "--exit-on-error", f"--dbname={name}")
    composed.compose_bytes(*AS_ADMIN, *into, stdin=dumped)


def test_taken_down_and_up_again_everything_is_as_it_was(composed: Composed) -> None:
    composed.up("--scale", "billing=1")
    figures = composed.figures()
    composed.compose("down")
    composed.up()
    assert composed.figures() == figures
    assert composed.command("status", "--diep")["goed"]


def test_the_dumps_of_the_manual_are_for_their_owner_alone_and_one_that_failed_is_said(
    composed: Composed, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed.follow("docs/BACKUP.md", "Back up")
    for service in SERVICES:
        dumped = (composed.folder / f"{service}.dump").stat()
        assert (dumped.st_mode & 0o777, dumped.st_size > 0) == (0o600, True)
    kept = (composed.folder / "intake.dump").read_bytes()
    monkeypatch.setitem(composed.environment, "COMPOSE_PROJECT_NAME", "of-nobody")
    with pytest.raises(AssertionError, match="NO BACKUP of intake"):
        composed.follow("docs/BACKUP.md", "Back up")
    assert (composed.folder / "intake.dump").read_bytes() == kept


def test_passwords_are_rotated_as_the_manual_tells_and_nothing_stops(composed: Composed) -> None:
    (before,) = composed.containers("billing")
    old = composed.compose("exec", "-T", "billing", "cat", SHOWN)
    composed.follow("docs/OPERATIONS.md", "Rotate a password")
    assert composed.compose("exec", "-T", "billing", "cat", SHOWN) != old
    sessions = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wijkzorg_billing'"
    composed.compose(*AS_ADMIN, "psql", USER, "--command", sessions)
    composed.compose("run", "--rm", "setup")
    composed.handled()
    assert composed.command("status", "--diep")["goed"]
    (after,) = composed.containers("billing")
    assert after["State"]["StartedAt"] == before["State"]["StartedAt"]


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


def test_everything_restored_from_dumps_and_a_copy_of_kafka_is_as_it_was(composed: Composed) -> None:
    composed.up("--scale", "billing=1")
    figures = composed.figures()
    dumps = {service: dump(composed, service) for service in SERVICES}
    composed.compose("stop", "kafka")
    kafka = composed.compose_bytes(*KAFKA, "tar", "kafka", "-C", DATA, "-c", ".")
    composed.up()
    declared = {"declaration.xml": ROOT / "samples" / "declaration.xml"}
    composed.command("gebruik", "importeer", "/files/declaration.xml", "--registreer", files=declared)
    assert composed.figures() != figures
    composed.compose("stop", "kafka", *SERVICES)
    for service, dumped in dumps.items():
        put_back(composed, service, dumped)
    emptied = f"cd {DATA} && find . -mindepth 1 -delete && tar -x"
    composed.compose_bytes(*KAFKA, "sh", "kafka", "-c", emptied, stdin=kafka)
    composed.up()
    assert composed.figures() == figures
    assert composed.command("status", "--diep")["goed"]
