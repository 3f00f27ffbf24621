"""The documents for operators say what is so: settings, variables, licence, catalogue entry, versions."""

import ast
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from tests.house import settings_table
from tests.house.files import nodes, paths, product, text

OPERATIONS = text(Path("docs/OPERATIONS.md"))
PROJECT = tomllib.loads(text(Path("pyproject.toml")))["project"]
VARIABLE = re.compile(r"(?:WIJKZORG|KAFKA|XDG)_[A-Z_]+")
ARTICLES = (
    "Definitions",
    "Scope of the rights granted by the Licence",
    "Communication of the Source Code",
    "Limitations on copyright",
    "Obligations of the Licensee",
    "Chain of Authorship",
    "Disclaimer of Warranty",
    "Disclaimer of Liability",
    "Additional agreements",
    "Acceptance of the Licence",
    "Information to the public",
    "Termination of the Licence",
    "Miscellaneous",
    "Jurisdiction",
    "Applicable Law",
)


def test_the_table_of_settings_is_what_the_code_says() -> None:
    renewed = settings_table.renewed(OPERATIONS)
    assert renewed == OPERATIONS, "Renew it: .venv/bin/python -m tests.house.settings_table"
    assert renewed.count("| `WIJKZORG_") > 10


def _named(path: Path) -> Iterator[str]:
    """The environment variables that a file speaks of: by their names, or where the environment is read."""
    for node in nodes(path):
        if isinstance(node, ast.Constant) and VARIABLE.fullmatch(str(node.value)):
            yield str(node.value)
    yield from re.findall(r"environ(?:\.get\(|\[)[\"'](\w+)", text(path))


def test_every_variable_that_is_read_is_in_the_manual() -> None:
    read = {(name, str(path)) for path in product() for name in _named(path)}
    read |= {
        (name, "docker-compose.yml")
        for name in re.findall(r"\$\{([A-Z_]+)", text(Path("docker-compose.yml")))
    }
    assert len(read) > 20
    missing = [f"{name} ({path})" for name, path in sorted(read) if f"`{name}`" not in OPERATIONS]
    assert not missing, "Say in docs/OPERATIONS.md what these mean:\n" + "\n".join(missing)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^```.*?^```", "", unescape(text(page))))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_to_a_part_of_a_page_find_it() -> None:
    dead = [
        f"{page}: {target}"
        for page in paths()
        if page.suffix == ".md" and not str(page).startswith("docs/plan/") and "vendor" not in page.parts
        for name, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text(page))
        if anchor not in _anchors(page.parent / name if name else page)
        for target in [f"{name}#{anchor}"]
    ]
    assert not dead, "\n".join(dead)


def _words(of: str) -> list[str]:
    return re.findall(r"[a-zé0-9]+", of.lower())


def test_the_licence_is_there_whole_and_word_for_word() -> None:
    licence = text(Path("LICENSE"))
    found = re.findall(r"(?m)^(\d+)\.\s*(.+)$", licence)
    assert found == [(str(number), title) for number, title in enumerate(ARTICLES, 1)]
    assert "Appendix" in licence
    theirs = next(path for path in paths() if path.match("shared/web/static/vendor/utrecht/LICENSE*"))
    assert _words(licence) == _words(text(theirs)), "the same licence, as others published it"
    assert PROJECT["license"] == "EUPL-1.2"


def test_the_parts_that_others_made_are_in_the_notice() -> None:
    parts = {
        str(path.parent) for path in paths() if "vendor" in path.parts and path.name.startswith("LICENSE")
    }
    assert parts
    unnamed = sorted(part for part in parts if part not in text(Path("NOTICE")))
    assert not unnamed, "Name these in NOTICE, with their licence:\n" + "\n".join(unnamed)


def test_the_version_is_the_same_wherever_it_stands() -> None:
    version = PROJECT["version"]
    assert f"## [Unreleased] {version}\n" in text(Path("CHANGELOG.md"))
    assert f'softwareVersion: "{version}"\n' in text(Path("publiccode.yml"))
    compose = text(Path("docker-compose.yml"))
    assert set(re.findall(r"\$\{WIJKZORG_VERSION:-([^}]+)\}", compose)) == {version}


def test_the_security_policy_knows_the_data_of_every_service() -> None:
    policy = text(Path("SECURITY.md"))
    services = {path.parts[1] for path in paths() if path.match("services/*/app.py")}
    assert not [name for name in services if f"| database of {name} |" not in policy]
