"""What Prometheus and Grafana are told to look at: the expressions of alerts and dashboards, and what they ask for."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.house.files import ROOT, text

RULES, DASHBOARDS = Path("deploy/alerts.yml"), Path("deploy/grafana/dashboards")
OF_PROMETHEUS = {"up", "ALERTS"}
LABELS_OF_PROMETHEUS = {"job", "instance", "alertname", "alertstate"}
_METRIC = re.compile(r"\b(?:(?:wijkzorg|process)_\w+|up|ALERTS)\b")
_LABEL = re.compile(r"\b(\w+)\s*=~?\"|\b(?:by|on|group_left)\s*\(([^)]*)\)")


def alerts() -> dict[str, str]:
    """The expression of each alert, by its name."""
    (group,) = yaml.safe_load(text(RULES))["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards, by the name of their file."""
    return {
        path.name: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / DASHBOARDS).glob("*.json"))
    }


def panels() -> list[tuple[str, dict[str, Any]]]:
    """Every panel of every dashboard, with where it is."""
    return [
        (f"{name}: {panel['title']}", panel) for name, one in dashboards().items() for panel in one["panels"]
    ]


def expressions() -> dict[str, str]:
    """What is asked of Prometheus, by who asks it."""
    asked = {
        f"{where} {target['refId']}": target["expr"]
        for where, panel in panels()
        for target in panel["targets"]
    }
    return asked | alerts()


def metrics_of(expression: str) -> set[str]:
    """The metrics of the services that an expression names."""
    return set(_METRIC.findall(expression)) - OF_PROMETHEUS


def labels_of(expression: str) -> set[str]:
    """The labels by which an expression chooses or divides, without those that Prometheus gives."""
    names = {name for one, several in _LABEL.findall(expression) for name in (one, *several.split(","))}
    return {name.strip() for name in names} - LABELS_OF_PROMETHEUS - {""}
