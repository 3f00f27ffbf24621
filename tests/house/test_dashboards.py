"""The dashboards are whole: each panel says what it shows, in which unit, from a source that is provisioned."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import watched
from tests.house.files import text

PROVISIONED = Path("deploy/grafana/provisioning/datasources/wijkzorg.yml")
SOURCES = {one["uid"] for one in yaml.safe_load(text(PROVISIONED))["datasources"]}
COLUMNS = 24
PANELS = watched.panels()


def test_each_dashboard_has_a_name_of_its_own_and_cannot_be_changed_where_nobody_sees_it() -> None:
    found = watched.dashboards().values()
    assert len(found) == len({one["uid"] for one in found}) == len({one["title"] for one in found}) > 1
    for one in found:
        assert one["description"]
        assert one["editable"] is False
        ids = [panel["id"] for panel in one["panels"]]
        assert len(ids) == len(set(ids)) > 5


@pytest.mark.parametrize(("where", "panel"), PANELS, ids=[where for where, _ in PANELS])
def test_each_panel_says_what_it_shows_and_has_a_unit_and_a_source(where: str, panel: dict[str, Any]) -> None:
    assert panel["title"], where
    assert panel["description"].endswith("."), where
    assert panel["fieldConfig"]["defaults"]["unit"], where
    assert panel["targets"], where
    assert {panel["datasource"]["uid"], *(t["datasource"]["uid"] for t in panel["targets"])} <= SOURCES
    assert all(target["legendFormat"] for target in panel["targets"])


@pytest.mark.parametrize("name", watched.dashboards())
def test_no_panel_lies_over_another_and_every_row_is_full(name: str) -> None:
    rows: dict[int, list[tuple[int, int]]] = {}
    for panel in watched.dashboards()[name]["panels"]:
        rows.setdefault(panel["gridPos"]["y"], []).append((panel["gridPos"]["x"], panel["gridPos"]["w"]))
    for row in map(sorted, rows.values()):
        assert all(x + w == following for (x, w), (following, _) in pairwise(row))
        assert sum(w for _, w in row) == COLUMNS


def test_prometheus_understands_what_each_panel_asks(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("NOT CHECKED: there is no promtool (Debian: apt-get install prometheus)")
    rules = [
        {"record": f"asked:{number}", "expr": expression}
        for number, expression in enumerate(watched.expressions().values())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "asked", "rules": rules}]}))
    said = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert said.returncode == 0, said.stdout + said.stderr
