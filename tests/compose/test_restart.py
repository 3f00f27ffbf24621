"""Every service restarted in turn while residents report and providers declare: nothing lost, nothing double, no long wait."""

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.compose.composed import SERVICES, Composed, until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]
WAIT_SECONDS_MAX = 60.0
"""After so long a record is stuck. Ten seconds are what is meant, and what is measured (docs/OPERATIONS.md, Upgrade)."""
REPORT_SECONDS = 0.5
NOT_NOW = (0, 502, 503)
"""Nothing answers, or not yet."""
WIJK = {"jaar": 2024, "code": "WK063706"}


class Residents(threading.Thread):
    """Somebody who reports a need twice a second, and again where no answer came, until told to stop."""

    def __init__(self, composed: Composed) -> None:
        super().__init__(daemon=True)
        self._composed, self._stopping = composed, threading.Event()
        self.answers: Counter[int] = Counter()
        self.told = 0

    def run(self) -> None:
        """Report, and count the answers by status."""
        while not self._stopping.wait(REPORT_SECONDS):
            body = {
                "meldingId": str(uuid4()),
                "datum": "2026-03-02",
                "kanaal": "telefoon",
                **self._resident(),
            }
            until(lambda report=body: self._report(report), "a melding to be taken")  # type: ignore[misc]
            self.told += 1

    def _report(self, body: dict[str, Any]) -> bool:
        status, answer = self._composed.post("/intake/v1/meldingen", body)
        self.answers[status] += 1
        assert status in (201, *NOT_NOW) or "is al vastgelegd" in answer, (status, answer)
        return status not in NOT_NOW

    def _resident(self) -> dict[str, Any]:
        client = {
            "voornamen": f"Test{self.told}",
            "achternaam": "Herstart",
            "geboortedatum": "1950-01-31",
            "adres": {"postcode": "2729AB", "huisnummer": 1 + self.told},
            "wijk": WIJK,
            "woontVanaf": "2015-05-01",
        }
        return {"client": client}

    def stop(self) -> None:
        """End after the report at hand."""
        self._stopping.set()
        self.join()


def test_a_rolling_restart_loses_nothing_and_keeps_nobody_waiting(
    composed: Composed, record_property: Any
) -> None:
    composed.up("--scale", "billing=1")
    before = composed.json("/intake/v1/tellingen")["meldingen"]
    composed.post("/intake/v1/klanthouders", {"naam": "Ilse Invented"})
    load = composed.script(Path(__file__).with_name("load.py"))
    assert load.stdin
    assert load.stdout
    residents = Residents(composed)
    try:
        assert load.stdout.readline() == "running\n", load.stderr.read() if load.stderr else ""
        residents.start()
        for service in (*SERVICES, "proxy"):
            composed.compose("restart", service)
            composed.up("--no-recreate", "--scale", "billing=1")
    finally:
        residents.stop()
        out, err = load.communicate("", timeout=300)
    found = json.loads(out.splitlines()[-1])
    record_property("waits", found)
    sys.stderr.write(f"\n{json.dumps(found)} {dict(residents.answers)}\n")
    assert found["missing"] == 0, err
    assert found["records"] == found["sent"]
    assert found["verdicts"].keys() == {"geaccepteerd", "dubbel", "afgewezen"}
    assert found["longestWaitSeconds"] <= WAIT_SECONDS_MAX
    assert residents.told
    assert composed.json("/intake/v1/tellingen")["meldingen"] == before + residents.told
    composed.handled()
    assert composed.command("status", "--diep")["goed"]
    wijken = composed.json("/reporting/v1/wijken")["wijken"]
    counted = composed.json("/intake/v1/tellingen")["meldingen"]
    assert sum(row["meldingen"] for row in wijken) == counted
