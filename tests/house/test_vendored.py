"""House rule of what others made: byte for byte as they published it, with its licence, and locked."""

import hashlib
from pathlib import Path

from tests.house.files import ROOT, paths, text

LOCK = Path("tests/house/vendored.lock")
FOLDERS = ("shared/web/static/vendor/", "tests/browser/vendor/", "tests/contracts/vendor/")


def test_files_of_others_are_as_they_were_published() -> None:
    locked = {name: digest for digest, name, _ in (line.split("  ") for line in text(LOCK).splitlines())}
    actual = {
        str(path): hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        for path in paths()
        if str(path).startswith(FOLDERS)
    }
    assert actual == locked, f"Take the file from its package again, or lock the new version in {LOCK}"


def test_each_package_of_others_comes_with_its_licence() -> None:
    packages = {path.parent for path in paths() if str(path).startswith(FOLDERS)}
    assert packages
    assert all(any(p.name.startswith("LICENSE") for p in (ROOT / folder).iterdir()) for folder in packages)
