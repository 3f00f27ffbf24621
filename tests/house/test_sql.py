"""House rules of SQL: it stands in its rooms, is never built from strings, and migrations only go forward."""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import ROOT, nodes, product, text

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
CONTRACT = re.compile(r"-- contract: since (\w+)\n")
COMMENT_OR_TEXT = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
MADE = re.compile(r"create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\w+)", re.IGNORECASE)
TOUCHED = re.compile(
    r"(?:alter\s+table|create\s+unique\s+index[^(]*?\bon)\s+(?:if\s+exists\s+|only\s+)*(\w+)", re.IGNORECASE
)
ADDED = re.compile(r"\badd\s+column\s+(\w+)", re.IGNORECASE)
UNIQUE_OVER = re.compile(r"create\s+unique\s+index[^(]*\(([^)]*)\)", re.IGNORECASE)
BREAKS_AN_OLD_COPY = re.compile(
    r"\b(drop\s+(table|view|schema|sequence|function|type|column|constraint(?!\s+\w+_check\b))"
    r"|alter\s+table[^;]*\bdrop\s+(?!not\b|default\b|constraint\s+\w+_check\b)|truncate(?!\s+on\b)|rename"
    r"|set\s+not\s+null|alter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b"
    r"|add\s+(constraint|check|unique|primary|foreign|exclude)|create\s+unique\s+index"
    r"|add\s+(column\s+)?(?=[^,]*\bnot\s+null)(?![^,]*\b(default|generated)\b))",
    re.IGNORECASE,
)


def _strings(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every string of a module that is no docstring: its line, its text, and whether it is put together."""
    docs = {
        id(node.body[0].value)
        for node in nodes(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(p) for node in nodes(path) if isinstance(node, ast.JoinedStr) for p in ast.walk(node)}
    for node in nodes(path):
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


def contracts(sql: str) -> list[str]:
    """The statements of a migration with which a copy of the version before it could not live.

    A unique index over a column that the migration adds is none: an old copy knows nothing to write in it.
    """
    code = COMMENT_OR_TEXT.sub("''", sql)
    new = {name.lower() for name in MADE.findall(code)}
    added = set(ADDED.findall(code))
    return [
        " ".join(statement.split())
        for statement in code.split(";")
        if BREAKS_AN_OLD_COPY.search(statement)
        and not ((touched := TOUCHED.search(statement)) and touched[1].lower() in new)
        and not ((unique := UNIQUE_OVER.search(statement)) and added & set(unique[1].split(", ")))
    ]


def test_migrations_expand_and_what_no_version_uses_any_more_is_contracted_later() -> None:
    wrong = []
    for path in _migrations():
        since = CONTRACT.match(text(path))
        if since and not (path.with_name(f"{since[1]}.sql") in _migrations() and since[1] < path.stem):
            wrong.append(f"{path} contracts since {since[1]}, which is no earlier migration beside it")
        elif not since:
            wrong += [f"{path}: {statement[:100]}" for statement in contracts(text(path))]
    assert not wrong, (
        "While a service is renewed its old version runs on this schema, and may have to be put back. Add what is new "
        "(nullable, or with a default); take away in a later release, in a file that begins with "
        "'-- contract: since <the migration after which no version uses it>':\n" + "\n".join(wrong)
    )


@pytest.mark.parametrize(
    "statement",
    [
        "drop table client",
        "alter table client drop column naam",
        "alter table client drop naam",
        "alter table client drop constraint een",
        "alter table client rename to resident",
        "alter table client rename column naam to name",
        "alter table client rename naam to name",
        "alter table client alter column naam set not null",
        "alter table client alter naam type int",
        "alter table client alter column naam set data type int",
        "alter table client add column kleur text not null",
        "alter table client add column maat int default 1, add kleur text not null",
        "alter table client add kleur text not null check (kleur <> 'x default')",
        "alter table client add constraint een unique (naam)",
        "alter table only client add check (naam <> '')",
        "create unique index een on client (naam)",
        "create unique index on client (naam)",
        "create table other (id int); create unique index on client (naam); alter table other add column naam2 int",
        "truncate client",
        "-- a remark\nDROP\n  TABLE client",
        "create table other (id int); alter table client drop column naam",
    ],
)
def test_a_migration_that_an_old_copy_cannot_live_with_is_found(statement: str) -> None:
    assert len(contracts(statement + ";")) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "create table client (naam text not null, soort text not null check (soort in ('drop table', 'b')))",
        "create table client (naam text); alter table client add constraint een unique (naam)",
        "create table client (naam text); create unique index on client (naam)",
        "alter table client add column kleur text",
        "alter table client add column kleur text; create unique index on client (naam, kleur)",
        "alter table client add column kleur text not null default 'rood'",
        "alter table client add column nummer bigint not null generated always as identity",
        "alter table client alter column naam drop not null",
        "alter table client drop constraint client_naam_check",
        "create trigger stays before truncate on client for each statement execute function refuse()",
        "alter table client alter column naam drop default",
        "create index on client (naam) where naam is not null",
        "-- drop table client\ncreate index on client (type)",
        "create function f() returns trigger language plpgsql as $$ begin drop table client; end $$",
        "update client set kleur = 'drop table x; truncate y'",
    ],
)
def test_a_migration_that_only_adds_is_let_through(statement: str) -> None:
    assert contracts(statement + ";") == []
