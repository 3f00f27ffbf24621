"""How much lies aside, counted in the database: by what this process has handled, and what earlier ones left."""

from collections.abc import AsyncIterator

import pytest

from shared import db
from shared.messaging.aside import Limit
from shared.messaging.delivery import FatalError, Move, Partition
from tests.component.stream import own_pool

BEFORE, BAD = 80, 20


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[db.Pool]:
    async with own_pool(dsn) as own:
        yield own


async def handle(pool: db.Pool, limit: Limit, codes: dict[int, list[str | None]]) -> None:
    """Handle so many records of each provider, each put aside by its code or, by None, handled."""
    async with pool.acquire() as tx, tx.transaction():
        moves = [await handle_of(tx, Partition(f"gebruik.{n}", 0), rows) for n, rows in codes.items()]
        held = [Partition(row[0], 0) for row in await tx.fetch("select topic from position")]
        await limit.require_few(tx, held, moves)
    limit.moved(moves)


async def handle_of(tx: db.Connection, partition: Partition, codes: list[str | None]) -> Move:
    statement = "insert into position values ($1, $2, $3) on conflict (topic, partition) do update"
    reached = await tx.fetchval(
        f"{statement} set next = position.next + excluded.next returning next", *partition, len(codes)
    )
    old = reached - len(codes)
    await tx.executemany(
        'insert into dead_letter (topic, partition, "offset", recorded_at, code, reason, created_at)'
        " values ($1, $2, $3, now(), $4, 'x', now())",
        [(*partition, old + at, code) for at, code in enumerate(codes) if code],
    )
    return Move(partition, old, reached)


@pytest.mark.parametrize("code", ["onleesbaar", "niet-verwerkt"])
async def test_a_bad_version_is_stopped_at_little_from_each_of_many_and_a_better_one_goes_on(
    pool: db.Pool, code: str
) -> None:
    providers = range(200)
    await handle(pool, Limit(20), {n: [None] * BEFORE for n in providers})
    with pytest.raises(FatalError, match="fault of this version"):
        await handle(pool, Limit(20), {n: [code] * BAD for n in providers})
    assert not await pool.fetchval("select count(*) from dead_letter")
    await handle(pool, Limit(100), {n: [code] * BAD for n in range(20)})
    with pytest.raises(FatalError):
        await handle(pool, Limit(20), {n: [code] for n in range(3)})
    better = Limit(20)
    await handle(pool, better, {n: [None] for n in range(20)})
    await handle(pool, better, {0: [code] * BAD})


async def test_the_rubbish_of_one_or_two_providers_stops_nobody(pool: db.Pool) -> None:
    await handle(pool, Limit(20), {n: [None] * BEFORE for n in range(5)})
    limit = Limit(20)
    for n in range(2):
        await handle(pool, limit, {n: ["onleesbaar"] * 100})
