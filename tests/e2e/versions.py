"""A next version of two services: a copy of the tree with a migration more, and code that writes what that adds."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.harness import ROOT


@dataclass(frozen=True)
class Renewal:
    """What a next version does otherwise: its table has a column more, and a statement in its store fills it."""

    service: str
    table: str
    store: str
    statement: str
    statement_then: str
    counts: str
    """How many rows the old version wrote, and how many the new."""


BILLING = Renewal(
    "billing",
    "gebruik",
    "gebruik.py",
    "$1, u.p is null, i.aanbieder is not null",
    "$1, u.p is null, i.aanbieder is not null, 'new'",
    "select count(*) - count(written_by) as old, count(written_by) as new from gebruik",
)
INTAKE = Renewal(
    "intake",
    "melding",
    "melding.py",
    "insert into melding values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    "insert into melding values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'new')",
    "select count(*) - count(written_by) as old, count(written_by) as new from melding",
)


def next_version(renewal: Renewal, folder: Path) -> Path:
    """The root of a tree in which this was done."""
    for package in ("local", "shared", f"services/{renewal.service}"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "services/__init__.py", folder / "services")
    own = folder / "services" / renewal.service
    number = len(list((own / "migrations").glob("*.sql"))) + 1
    (own / "migrations" / f"{number:04d}_written_by.sql").write_text(
        f"alter table {renewal.table} add column written_by text;\n"
        f"create index on {renewal.table} (written_by) where written_by is not null;\n"
    )
    store = own / "store" / renewal.store
    before = store.read_text(encoding="utf-8")
    assert before.count(renewal.statement) == 1, f"{renewal.store} has changed: change what renews it"
    store.write_text(before.replace(renewal.statement, renewal.statement_then), encoding="utf-8")
    return folder
