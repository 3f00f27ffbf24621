"""Any life of a ledger: lines, closings and decisions in any order leave each line on one statement or with a person."""

import random
from collections.abc import AsyncIterator

import pytest

from services.billing.api.keten import check
from services.billing.domain.werk import Besloten
from services.billing.handlers import besluit
from shared.kalender import Month, format_month, parse_month
from shared.refused import RefusedError
from tests.component.closing import Closing, closing_on, house

FIRST = parse_month("2024-06")
WRONG = """
    select r.bijdrage_regel_id from bijdrage_regel r, (select * from maand order by maand desc limit 1) m
    where r.maand <= m.maand and r.bijdrage_regel_id <= m.tot_regel
      and (exists (select from overzicht_regel o where o.bijdrage_regel_id = r.bijdrage_regel_id)::int
           + exists (select from vastgehouden v join werk w using (werk_id)
                     where v.bijdrage_regel_id = r.bijdrage_regel_id and coalesce(w.op_maand > m.maand, true))::int) <> 1
"""
KEPT = """
    select huishouden_id,
           sum(bedrag_cent) - coalesce((select sum(gevraagd_cent) from overzicht o where o.huishouden_id = r.huishouden_id), 0)
           - coalesce(sum(bedrag_cent) filter (where not exists
                (select from overzicht_regel s where s.bijdrage_regel_id = r.bijdrage_regel_id)), 0)
    from bijdrage_regel r group by huishouden_id
"""


@pytest.fixture
async def ledger(dsn: str) -> AsyncIterator[Closing]:
    async with closing_on(dsn) as own:
        yield own


async def decide_something(ledger: Closing, chance: random.Random) -> None:
    """A person decides on some item that is open, in whatever way it may be."""
    rows = await ledger.pool.fetch("select werk_id from werk where afgehandeld_op is null order by sleutel")
    if not rows:
        return
    choice = chance.choice(
        [
            Besloten("vrijgeven", "A"),
            Besloten("spreiden", "A", termijnen=chance.randint(2, 5)),
            Besloten("kwijtschelden", "A", "art. 9"),
        ]
    )
    try:
        async with ledger.pool.acquire() as tx, tx.transaction():
            await besluit.decide(tx, chance.choice(rows)["werk_id"], choice, ledger.clock())
    except RefusedError:
        return


async def write_lines(ledger: Closing, chance: random.Random, upto: int) -> None:
    """Charges and corrections of any months, as the determination would write them."""
    for _ in range(chance.randint(1, 12)):
        whose, month = house(chance.randint(1, 3)), format_month(Month(chance.randint(FIRST - 5, upto)))
        total = await ledger.pool.fetchval(
            "select totaal_cent from bijdrage_regel where huishouden_id = $1 and maand = $2 order by versie desc limit 1",
            whose,
            parse_month(month),
        )
        waived = await ledger.pool.fetchval(
            "select count(*) from bijdrage_regel where huishouden_id = $1 and maand = $2 and soort = 'kwijtschelding'",
            whose,
            parse_month(month),
        )
        if total is None:
            await ledger.charge(whose, month)
        elif not waived:
            tariff = await ledger.pool.fetchval(
                "select bedrag_cent from tarief where maand = $1", parse_month(month)
            )
            await ledger.correct(whose, month, cents=-total if total else tariff)


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(n, marks=pytest.mark.long) for n in range(8, 200))]
)
async def test_each_line_stands_on_one_statement_or_waits_for_a_person(ledger: Closing, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - any life will do
    await ledger.charge(house(1), format_month(Month(FIRST - 5)))
    for month in range(FIRST - 5, FIRST + 12):
        ledger.after_grace(format_month(Month(month)))
        await write_lines(ledger, chance, month + 1)
        await decide_something(ledger, chance)
        await ledger.begin(format_month(Month(month)))
        await write_lines(ledger, chance, month + 1)
        await ledger.loop.close()
        assert await ledger.pool.fetch(WRONG) == []
    assert {row[1] for row in await ledger.pool.fetch(KEPT)} == {0}
    async with ledger.pool.acquire() as connection:
        assert (await check(connection)).goed, "the chain does not hold"
