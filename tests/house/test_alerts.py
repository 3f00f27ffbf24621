"""Each alert is about metrics there are, and has a part of its page that says what to do."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
import yaml

from shared.contracts.gebruik import Oordeel
from shared.messaging.dead_letter import Count
from shared.messaging.outbox import Depth
from shared.web.metrics import Metrics, Seen, Standing
from tests.house.files import ROOT, paths, text

RULES, CASES = Path("deploy/alerts.yml"), Path("tests/house/alerts.test.yml")
ALERTS = dict(re.findall(r"(?m)^ +- alert: (\w+)\n((?:(?! +- alert:).*\n)+)", text(RULES)))
MANUAL = text(Path("docs/ALERTS.md"))
OF_PROMETHEUS = {"up"}


def test_each_alert_says_what_it_means_and_leads_to_its_own_part_of_the_manual() -> None:
    headings = re.findall(r"(?m)^## (\w+)$", MANUAL)
    assert headings == list(ALERTS), "the alerts, in the same order"
    for name, rule in ALERTS.items():
        severity = re.search(r"labels: \{severity: (page|ticket)\}", rule)
        assert severity, name
        assert f"\n## {name}\n\n*{severity[1]}.* " in MANUAL, "its page says the same severity"
        assert "summary: " in rule, name
        assert f"runbook_url: docs/ALERTS.md#{name.lower()}\n" in rule, name


async def test_each_metric_of_an_alert_is_one_that_the_services_show() -> None:
    standing = Standing({}, Counter(), Count(0, 0), Depth(0, 0))
    shown = Metrics("billing").text(Seen(ends={}, standing=standing, loops=[], stuck={})).decode()
    known = set(re.findall(r"(?m)^# TYPE (\w+) ", shown)) | OF_PROMETHEUS
    asked = {name for rule in ALERTS.values() for name in re.findall(r"(\w+)\{|\((\w+)\)", _expression(rule))}
    named = {name for pair in asked for name in pair if name.startswith(("wijkzorg_", "process_", "up"))}
    assert len(named) > 10
    assert named <= known


def _expression(rule: str) -> str:
    return rule.partition("expr:")[2].partition("labels:")[0]


def test_each_label_that_an_alert_asks_for_is_one_there_is() -> None:
    services = {path.parts[1] for path in paths() if path.match("services/*/app.py")}
    asked = set(re.findall(r'(\w+)="(\w+)"', "".join(map(_expression, ALERTS.values()))))
    assert {name for label, name in asked if label == "service"} == services
    assert {name for label, name in asked if label == "oordeel"} < set(get_args(Oordeel))
    assert {label for label, _ in asked} == {"job", "service", "oordeel", "loop", "dependency"}
    for name in (name for label, name in asked if label == "loop"):
        assert any(f'super().__init__("{name}"' in text(p) for p in paths() if p.match("services/*/*.py"))


@pytest.mark.city
@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", RULES), ("check", "config", "deploy/prometheus.yml"), ("test", "rules", CASES)],
)
def test_prometheus_takes_the_rules_and_raises_them_when_it_should(arguments: tuple[str | Path, ...]) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("NOT CHECKED: there is no promtool (Debian: apt-get install prometheus)")
    said = subprocess.run(
        ["promtool", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_each_alert_is_quiet_in_one_test_and_raised_in_another() -> None:
    tests = yaml.safe_load(text(CASES))["tests"]
    quiet = {
        case["alertname"]
        for test in tests
        for case in test.get("alert_rule_test", ())
        if not case.get("exp_alerts")
    }
    samples = [
        sample["labels"]
        for test in tests
        for case in test.get("promql_expr_test", ())
        for sample in case.get("exp_samples", ())
    ]
    assert quiet == set(re.findall(r'alertname="(\w+)"', " ".join(samples))) == set(ALERTS)
