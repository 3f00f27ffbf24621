"""The import rules hold, and each of them really fails when it is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.files import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")
PACKAGES = ("bench", "local", "services", "shared", "simulation", "tests", "wijkzorg")
BREACHES = {
    "Services know nothing of each other": ("services/billing/api/bijdrage.py", "import services.reporting"),
    "In a service: app, then what comes in": (
        "services/billing/domain/regels.py",
        "import services.billing.store",
    ),
    "In shared: the service on top": ("shared/db.py", "import shared.messaging.position"),
    "Tests and bench, then the command": ("shared/web/problem.py", "import services.billing.app"),
    "local imports no service": ("local/errors.py", "import wijkzorg"),
    "Services and shared do not know": ("services/billing/bepalen.py", "import local"),
    "Rules and contracts do no input or output": ("services/billing/domain/faults.py", "import asyncpg"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINTER), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def breaches(tmp_path: Path) -> Path:
    """The code with one line that breaks each rule."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in BREACHES.values():
        with (tmp_path / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    return tmp_path


def test_every_import_rule_fails_when_it_is_broken(breaches: Path) -> None:
    linted = _lint(breaches)
    said = " ".join(linted.stdout.split())
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert said.count(" BROKEN") == len(BREACHES)
    assert " KEPT" not in said


def test_the_import_rules_hold_for_this_code() -> None:
    linted = _lint(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr
