"""The composed system while parts of it are away, wrong or late: it says so, restarts nobody, and goes on by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compose.composed import SERVICES, Composed, until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]
SENTENCES_MIN = 3
"""So often at least is a sentence heard before it counts as repeated."""


def _starts(composed: Composed) -> dict[str, tuple[str, int]]:
    """When each service was started, and how often again."""
    return {
        service: (container["State"]["StartedAt"], container["RestartCount"])
        for service in SERVICES
        for container in composed.containers(service)
    }


def _well(composed: Composed) -> bool:
    """Whether the engine has seen that every service is ready."""
    health = (container["State"]["Health"] for name in SERVICES for container in composed.containers(name))
    return all(one["Status"] == "healthy" for one in health)


def _answer(composed: Composed, path: str, status: int) -> str | None:
    """The body of an answer, once it has this status."""
    found, body = composed.get(path)
    return body if found == status else None


@pytest.mark.parametrize(("backend", "name"), [("kafka", "Kafka"), ("postgres", "PostgreSQL")])
def test_while_a_backend_is_away_services_live_and_are_not_ready(
    composed: Composed, backend: str, name: str
) -> None:
    composed.up("--scale", "billing=1")
    before = _starts(composed)
    composed.compose("stop", backend)
    for service in SERVICES:
        said = until(
            lambda of=service: _answer(composed, f"/{of}/readyz", 503),  # type: ignore[misc]
            f"{service} to say that {name} is away",
        )
        assert name in json.loads(said)["detail"]
        assert composed.get(f"/{service}/livez") == (200, "ok")
        status, metrics = composed.get(f"/{service}/metrics")
        assert status == 200
        assert "wijkzorg_" in metrics
    composed.compose("start", backend)
    for service in SERVICES:
        until(
            lambda of=service: _answer(composed, f"/{of}/readyz", 200),  # type: ignore[misc]
            f"{service} to be ready again",
        )
    assert _starts(composed) == before
    until(lambda: _well(composed), "every service to be well by its own check, too")
    composed.handled()


def test_services_may_start_before_kafka_and_postgresql(composed: Composed) -> None:
    figures = composed.figures()
    composed.compose("rm", "--stop", "--force", "kafka", "postgres", *SERVICES)
    composed.compose("up", "--detach", "--no-deps", *SERVICES)
    for service in SERVICES:
        _heard(composed, service, "does not answer")
    started = _starts(composed)
    composed.up("--no-recreate")
    assert _starts(composed) == started
    assert composed.figures() == figures


def test_a_wrong_password_is_said_again_and_again_until_it_is_mended(
    composed: Composed, tmp_path: Path
) -> None:
    figures = composed.figures()
    wrong = tmp_path / "wrong"
    wrong.mkdir(mode=0o755)
    (wrong / "wijkzorg_database_password").write_text("not-this-one", encoding="utf-8")
    composed.environment["BILLING_SECRETS"] = str(wrong)
    try:
        composed.compose("up", "--detach", "--no-deps", "billing")
        line = _heard(composed, "billing", "PostgreSQL refuses the user or the password")
        assert "not-this-one" not in line
        assert composed.get("/billing/livez") == (200, "ok")
        assert composed.get("/billing/readyz")[0] == 503
        (container,) = composed.containers("billing")
        assert (container["State"]["Status"], container["RestartCount"]) == ("running", 0)
    finally:
        del composed.environment["BILLING_SECRETS"]
    composed.up()
    assert composed.figures() == figures


def _heard(composed: Composed, service: str, words: str) -> str:
    """A sentence with these words, once a service has said it several times."""

    def heard() -> list[str] | None:
        lines = [line for line in composed.logs(service) if words in line]
        return lines if len(lines) >= SENTENCES_MIN else None

    lines: list[Any] = until(heard, f"{service} to say {words!r} {SENTENCES_MIN} times")
    return str(lines[-1])
