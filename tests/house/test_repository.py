"""House rules of everything in the repository: no place or person in it, and pages that keep their shape."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.contract import CONTRACTS
from shared.contracts.event import OWNERS
from tests.house.files import ROOT, paths, text

assert OWNERS
PUBLISHED_BSNS = {"999900006", "999900018", "123456782"}
PUBLISHED_RANGE = re.compile(r"9999\d{5}")
HOSTS = ("pypi.org", "pythonhosted.org", "maven.org", "mavencentral", "registry.npmjs", "docker.io")
MACHINE = re.compile(r"(?<![\w.}*])/(?:work|home/\w|users/\w|root/\w|tmp/\w)", re.IGNORECASE)
DECISION_HEADINGS = ["## Context", "## Decision", "## Consequences", "## When to revisit"]
IN_AN_IMAGE = ("Dockerfile", "docker-compose.yml", "deploy/")
"""A path in these is one of an image, not of a machine."""
LOCKS = ("requirements.lock", "deploy/command.lock", "deploy/service.lock")
FROM_ELSEWHERE = (
    *LOCKS,
    "local/kafka.lock",
    "docs/plan/",
    "shared/web/static/vendor/",
    "tests/browser/vendor/",
    "tests/contracts/vendor/",
)


def _lines(*but: str) -> Iterator[tuple[Path, int, str]]:
    for path in paths():
        if ROOT / path != Path(__file__) and not str(path).startswith(but or ("\0",)):
            for number, line in enumerate(text(path).splitlines(), 1):
                yield path, number, line


def test_no_file_names_a_package_registry() -> None:
    found = [f"{p}:{n}" for p, n, line in _lines("local/") for host in HOSTS if host in line.lower()]
    assert not found, "Where packages come from is the installer's own setting:\n" + "\n".join(found)


def test_no_file_names_a_place_on_one_machine() -> None:
    found = [f"{p}:{n}: {line.strip()[:80]}" for p, n, line in _lines(*IN_AN_IMAGE) if MACHINE.search(line)]
    assert not found, "Make these relative, or a setting:\n" + "\n".join(found)


def _passes_the_elfproef(digits: str) -> bool:
    weighed = sum(w * int(d) for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return int(digits) > 0 and weighed % 11 == 0


def test_no_bsn_but_the_published_test_numbers_is_in_the_repository() -> None:
    found = [
        f"{path}:{number}: {digits}"
        for path, number, line in _lines(*FROM_ELSEWHERE)
        for digits in re.findall(r"(?<![\w.#-])\d{9}(?![\w.-])", line)
        if _passes_the_elfproef(digits)
        and digits not in PUBLISHED_BSNS
        and not PUBLISHED_RANGE.fullmatch(digits)
    ]
    assert not found, "These may be people:\n" + "\n".join(found)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_addresses(name: str) -> None:
    lock = text(Path(name))
    assert "://" not in lock
    pinned = re.split(r"\n(?=[a-z0-9])", "\n" + re.sub(r"(?m)^\s*#.*\n", "", lock))[1:]
    assert pinned
    without = [package.splitlines()[0] for package in pinned if "--hash=sha256:" not in package]
    assert not without


def test_every_decision_has_its_four_headings() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert pages
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1)), "number them without gaps"
    for page in pages:
        headings = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
        assert headings == DECISION_HEADINGS, page.name


def _glossary() -> set[str]:
    rows = re.findall(r"(?m)^\| \*\*(.+?)\*\* \|", text(Path("docs/GLOSSARY.md")))
    return {word.strip() for row in rows for word in row.split(",")}


def test_every_word_of_an_event_name_is_in_the_glossary() -> None:
    words = {word for contract in CONTRACTS.values() for word in contract.name.split("-")}
    assert not sorted(words - _glossary())


def test_every_dutch_name_of_a_module_is_in_the_glossary() -> None:
    english = {"__init__", "faults", "app", "api", "announce", "bench", "common", "main", "status", "up"}
    english |= {
        "iwmo",
        "pages",
        "databases",
        "state",
        "handlers",
        "store",
        "domain",
        "processes",
        "figures",
        "demo",
        "setup",
    }
    english |= {
        "answers",
        "asking",
        "circle",
        "docs",
        "errors",
        "force",
        "lined",
        "rebuilt",
        "replay",
        "shadow",
        "trace",
    }
    modules = {p.stem for p in paths() if p.suffix == ".py" and re.match(r"(services|wijkzorg)/", str(p))}
    assert not sorted(modules - english - _glossary())


def test_links_between_pages_lead_somewhere() -> None:
    dead = [
        f"{page}: {target}"
        for page in paths()
        if page.suffix == ".md" and not str(page).startswith("docs/plan/")
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text(page))
        if "://" not in target and not (ROOT / page.parent / target).exists()
    ]
    assert not dead, "\n".join(dead)


def test_what_the_pages_name_in_the_repository_is_there() -> None:
    named = [
        (page, name.rstrip("/"))
        for page in paths()
        if page.suffix == ".md" and not str(page).startswith("docs/plan/")
        for name in re.findall(
            r"`((?:bench|docs|local|samples|services|shared|tests|wijkzorg)/[\w./-]+)`", text(page)
        )
    ]
    assert named
    gone = [f"{page}: {name}" for page, name in named if not (ROOT / name).exists()]
    assert not gone, "\n".join(gone)
