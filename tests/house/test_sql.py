"""House rules of SQL: it stands in its rooms, is never built from strings, and migrations only go forward."""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.files import ROOT, product, text, tree

STATEMENT = re.compile(
    r"^\s*(select\s.+|insert\s+into\s|update\s+\w+\s+(\w+\s+)?set\s|delete\s+from\s|with\s+(recursive\s+)?\w+(\(.*\))?\s+as\s"
    r"|create\s+(temporary\s+)?(table|role|database|index)\s|alter\s+(table|role)\s|truncate\s|copy\s+\w+\s+(from|to)\s"
    r"|revoke\s|grant\s|drop\s+(table|database|role)\s)",
    re.IGNORECASE | re.DOTALL,
)
ROOMS = re.compile(
    r"services/\w+/store(/\w+)?\.py|shared/messaging/\w+\.py|shared/db\.py|wijkzorg/databases\.py"
)
MEASURES = ("bench/", "wijkzorg/bench.py")
ASKS_WHETHER_IT_ANSWERS = "select 1"
LOCK = Path("tests/house/migrations.lock")
FORWARD_ONLY = re.compile(r"\b(drop\s+(table|column|schema)|truncate)\b", re.IGNORECASE)


def _strings(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every string of a module that is no docstring: its line, its text, and whether it is put together."""
    module = tree(path)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(p) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for p in ast.walk(node)}
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            literal = "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values)
            yield node.lineno, literal, any(isinstance(p, ast.FormattedValue) for p in node.values)
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docs | parts)
        ):
            yield node.lineno, node.value, False


def test_sql_stands_only_in_its_rooms() -> None:
    wrong = [
        f"{path}:{line}: {statement.strip()[:60]}"
        for path in product()
        if not ROOMS.fullmatch(str(path)) and not str(path).startswith(MEASURES)
        for line, statement, _ in _strings(path)
        if STATEMENT.match(statement) and statement != ASKS_WHETHER_IT_ANSWERS
    ]
    assert not wrong, "Give these a function with a name in the service's store:\n" + "\n".join(wrong)


def test_no_sql_is_put_together_from_strings() -> None:
    wrong = [
        f"{path}:{line}: {statement.strip()[:60]}"
        for path in product()
        if not str(path).startswith(MEASURES)
        for line, statement, made in _strings(path)
        if made and STATEMENT.match(statement)
    ]
    assert not wrong, "Pass values as $1; let PostgreSQL's format() quote names:\n" + "\n".join(wrong)


def _migrations() -> list[Path]:
    return sorted(
        path.relative_to(ROOT)
        for folder in ("services", "shared")
        for path in (ROOT / folder).glob("**/migrations/*.sql")
    )


def test_migrations_are_numbered_without_gaps() -> None:
    folders: dict[Path, list[str]] = {}
    for path in _migrations():
        folders.setdefault(path.parent, []).append(path.name)
    for folder, names in folders.items():
        numbers = [name[:4] for name in names]
        assert numbers == [f"{number:04d}" for number in range(1, len(names) + 1)], folder


def test_a_migration_that_was_released_never_changes() -> None:
    actual = {str(path): hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in _migrations()}
    locked = {name: digest for digest, name in (line.split("  ") for line in text(LOCK).splitlines())}
    changed = [name for name, digest in locked.items() if actual.get(name) != digest]
    assert not changed, f"{changed} changed or went away. Put the change in a new migration."
    new = [f"{digest}  {name}" for name, digest in actual.items() if name not in locked]
    assert not new, f"Add these lines to {LOCK}:\n" + "\n".join(new)


def test_migrations_throw_nothing_away() -> None:
    wrong = [str(path) for path in _migrations() if FORWARD_ONLY.search(text(path))]
    assert not wrong, f"{wrong} throws data away; old copies of a service may still read them"
