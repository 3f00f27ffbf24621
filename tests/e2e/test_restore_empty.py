"""Billing without any backup: what it told, and the settings it is started with, give it the same ledger and statements."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e import samples
from tests.e2e.dumped import dump, restore
from tests.e2e.test_replay_closed import closed, stopped
from tests.harness import Wijkzorg
from tests.unit.trials import plain

pytestmark = pytest.mark.city
HIGHER = (
    plain()
    .replace("landelijk-2026-1", "eigen-1")
    .replace("tot: 2023-12, bedragCent: 1900", "tot: 2023-12, bedragCent: 2000")
)
MADE = (
    "select huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, aanleiding from bijdrage_regel order by 1, 2, 3",
    "select * from overzicht order by 1, 2",
    "select huishouden_id, nummer, maand, versie, hash from keten order by 1, 2",
    "select maand, gesloten_op, instellingen, huishoudens, totaal_cent, overzichten, gevraagd_cent from maand",
)


async def made(wijkzorg: Wijkzorg) -> list[list[tuple[Any, ...]]]:
    """The ledger, and all that closing made."""
    return [[tuple(row) for row in await wijkzorg.fetch(query)] for query in MADE]


@pytest.mark.parametrize("settings", [plain(), HIGHER], ids=["national", "above the national ones"])
async def test_an_empty_database_comes_to_the_ledger_and_the_statements_that_were_told(
    wijkzorg: Wijkzorg, tmp_path: Path, settings: str
) -> None:
    file, wijkzorg.clock = tmp_path / "eigen.yml", "2023-05-24T10:00:00Z"
    file.write_text(settings, encoding="utf-8")
    empty = await dump(wijkzorg.dsn, tmp_path / "empty")
    await wijkzorg.register(samples.AGB)
    await wijkzorg.billing(WIJKZORG_INSTELLINGEN=str(file))
    await wijkzorg.publish([*samples.facts(2), *samples.declaration()])
    await wijkzorg.handled()
    await closed(wijkzorg, "2023-04")
    await wijkzorg.handled()
    before = await made(wijkzorg)
    assert [len(rows) for rows in before] == [2, 2, 4, 1]
    await stopped(wijkzorg)
    await restore(wijkzorg.dsn, empty)
    await wijkzorg.billing(WIJKZORG_INSTELLINGEN=str(file))
    await wijkzorg.handled()
    await closed(wijkzorg, "2023-04")  # which was begun as soon as it was heard of
    assert await made(wijkzorg) == before
