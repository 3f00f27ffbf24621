"""Two databases compared row for row, fetched by a few: what is the same is passed over, and nothing else."""

import random

import asyncpg
import pytest

from shared.messaging import rebuilt
from shared.messaging.rebuilt import compare

QUERY = 'select sleutel, inhoud from rij order by sleutel collate "C", inhoud collate "C"'
KEYS = 40


async def holding(dsn: str, rows: list[tuple[str, str]]) -> asyncpg.Connection:
    """A session that sees these rows."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("create temporary table rij (sleutel text, inhoud text)")
    await connection.copy_records_to_table("rij", records=rows)
    return connection


@pytest.mark.parametrize("seed", range(12))
async def test_a_comparison_finds_exactly_the_keys_that_differ(
    dsn: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(rebuilt, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(rebuilt, "KEYS_SHOWN_MAX", KEYS)
    chance = random.Random(seed)  # noqa: S311 - a seed, not a secret
    live = {f"{number:02}": "a" for number in range(KEYS) if chance.random() < 0.8}
    shadow = dict(live)
    for key in chance.sample(sorted(live), seed % 4):
        shadow[key] = "b"
    for key in chance.sample(sorted(live), seed % 3):
        del shadow[key]
    for number in range(seed % 5):
        shadow[f"{chance.randrange(KEYS):02}x{number}"] = "a"
    one, other = await holding(dsn, list(live.items())), await holding(dsn, list(shadow.items()))
    async with one.transaction(), other.transaction():
        found = await compare(one, other, QUERY)
    for connection in (one, other):
        await connection.close()
    differing = {key for key in live.keys() | shadow.keys() if live.get(key) != shadow.get(key)}
    assert (found.rows, found.differing) == (len(live), len(differing))
    assert {(row.sleutel, row.live, row.rebuilt) for row in found.shown} == {
        (key, key in live, key in shadow) for key in differing
    }
