"""Billing killed while it closes a month, between chunks and inside one: it goes on, and comes to what one pass does."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from local import Backends
from services.billing import sluiten
from shared.contracts.contract import BIJDRAGE
from tests.component.closing import closing_on, house
from tests.conftest import own_database
from tests.harness import Wijkzorg, eventually

MONTH = "2026-03"
HOUSEHOLDS = 3 * sluiten.HOUSEHOLDS_MAX + 7
CLOCK = "2026-04-23T08:00:00Z"
SETTINGS: dict[str, Any] = {"WIJKZORG_CLOCK": CLOCK}
LEDGER = """
    insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel, wet,
                                aanleiding, geschreven_op)
    select lpad(to_hex(h), 32, '0')::uuid, 2026 * 12 + 2, 1, 'bijdrage', 2180, 2180, lpad(to_hex(h), 32, '0')::uuid, 7,
           'Wmo 2015 art. 2.1.4a lid 4', array['event ' || h], '2026-04-01'
    from generate_series(1, $1::int) h
"""
TABLES = (
    "select * from overzicht order by 1, 2",
    "select * from overzicht_regel order by 1",
    "select * from keten order by 1, 2",
    "select maand, tot_huishouden, huishoudens, totaal_cent from maand",
)


async def made(dsn: str) -> list[list[tuple[Any, ...]]]:
    """All that closing made."""
    connection = await asyncpg.connect(dsn)
    try:
        return [[tuple(row) for row in await connection.fetch(query)] for query in TABLES]
    finally:
        await connection.close()


@pytest.fixture
async def in_one_pass(backends: Backends) -> AsyncIterator[list[list[tuple[Any, ...]]]]:
    """What closing makes of the same ledger when nobody interrupts it."""
    async with own_database(backends, "billing") as dsn, closing_on(dsn) as ledger:
        await ledger.pool.execute(LEDGER, HOUSEHOLDS)
        await ledger.close(MONTH)
        yield await made(dsn)


async def come_to(wijkzorg: Wijkzorg) -> int:
    """How many households the closing has counted."""
    rows = await wijkzorg.fetch("select huishoudens from maand")
    return int(rows[0][0]) if rows else 0


async def test_a_closing_killed_between_chunks_and_inside_one_comes_to_the_same(
    wijkzorg: Wijkzorg, in_one_pass: list[list[tuple[Any, ...]]]
) -> None:
    billing = await wijkzorg.billing(**SETTINGS)
    await wijkzorg.handled()
    holding = await asyncpg.connect(wijkzorg.dsn)
    try:
        await holding.execute(LEDGER, HOUSEHOLDS)
        for chunks in (1, 2):
            barrier = holding.transaction()
            await barrier.start()
            inside = house(chunks * sluiten.HOUSEHOLDS_MAX + 5)
            await holding.execute(
                "insert into overzicht values ($1, $2, 0, '')", inside, 2026 * 12 + 2
            )  # on which the chunk has to wait, with half of its work done
            if chunks == 1:
                answer = await billing.post(f"/v1/maanden/{MONTH}/sluiting", {})
                assert answer.status_code == 200, answer.text
            else:  # what was begun goes on by itself
                billing = await wijkzorg.billing(**SETTINGS)

            async def waits(expected: int = chunks * sluiten.HOUSEHOLDS_MAX) -> bool:
                stuck = await wijkzorg.fetch(
                    "select from pg_stat_activity where wait_event_type = 'Lock' and query like 'COPY%overzicht%'"
                    " and datname = current_database()"
                )
                return bool(stuck) and await come_to(wijkzorg) == expected

            await eventually(waits, "the closing to be inside a chunk")
            billing.kill()
            await barrier.rollback()
    finally:
        await holding.close()
    billing = await wijkzorg.billing(**SETTINGS)

    async def closed() -> bool:
        month = (await billing.get(f"/v1/maanden/{MONTH}")).json()
        return bool(month.get("toestand") == "definitief")  # a problem, as long as it reads back

    await eventually(closed, "the month to be closed")
    await wijkzorg.handled()
    assert await made(wijkzorg.dsn) == in_one_pass
    records = [json.loads(record.value) for record in await wijkzorg.records(wijkzorg.topic(BIJDRAGE))]
    told = [event["data"]["huishoudenId"] for event in records if "definitief" in event["type"]]
    assert len(told) == len(set(told)) == HOUSEHOLDS
    (month,) = [event["data"] for event in records if "gesloten" in event["type"]]
    assert (month["huishoudens"], month["totaalCent"]) == (HOUSEHOLDS, HOUSEHOLDS * 2180)
    again = (await billing.post(f"/v1/maanden/{MONTH}/sluiting", {})).json()
    assert again == {"maand": MONTH, "begonnen": False}


async def test_a_month_closes_by_itself_once_among_two_copies(wijkzorg: Wijkzorg) -> None:
    copies = await asyncio.gather(
        *(wijkzorg.billing(**SETTINGS, WIJKZORG_SLUIT_MAANDEN="true") for _ in range(2))
    )
    await wijkzorg.handled()
    connection = await asyncpg.connect(wijkzorg.dsn)
    await connection.execute(LEDGER, 10)
    await connection.close()

    await wijkzorg.handled()
    month = (await copies[0].get(f"/v1/maanden/{MONTH}")).json()
    assert month["toestand"] == "definitief", "it says that all is handled while a month is due"
    assert len([one for one in await wijkzorg.told(BIJDRAGE) if "instellingen" in one]) == 1
