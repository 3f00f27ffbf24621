"""The chain in the database: SQL makes it, Python verifies it, and a line altered by hand is named."""

from collections.abc import AsyncIterator

import pytest

from services.billing.api.keten import check
from shared.kalender import parse_month
from tests.component.closing import closing_on, house
from tests.component.http import Api
from tests.component.test_billing_werklijst import billing_at

ONE, TWO = house(1), house(2)
BY_HAND = "set session_replication_role = replica; "
FEBRUARY = parse_month("2026-02")


@pytest.fixture
async def api(dsn: str) -> AsyncIterator[Api]:
    """Billing, with two months closed, a correction of the first among them."""
    async with closing_on(dsn) as ledger, billing_at(dsn, "2026-05-01T08:00:00Z") as own:
        await ledger.charge(ONE, "2026-02", "2026-03", "2026-04")
        await ledger.charge(TWO, "2026-02")
        await ledger.close("2026-02")
        await ledger.correct(ONE, "2026-02", cents=-2180)
        await ledger.close("2026-03")
        await ledger.correct(ONE, "2026-03", cents=-2180)
        yield own


async def said(api: Api) -> list[str]:
    """What the chain says, read page by page and as one check alike."""
    found, following = [], "/v1/keten?limiet=1"
    while following:
        page = (await api.get(following)).json()
        assert page["huishoudens"] <= 1
        found += [breuk["uitleg"] for breuk in page["breuken"]]
        following = page["volgende"]
    assert [b["uitleg"] for b in (await api.get("/v1/keten")).json()["breuken"]] == found
    return found


async def test_a_line_that_stands_on_no_statement_and_waits_for_nobody_is_found(api: Api) -> None:
    async with api.pool.acquire() as connection:
        assert (await check(connection)).goed
        await connection.execute(BY_HAND)
        await connection.execute("delete from overzicht_regel where bijdrage_regel_id = 1")
        found = await check(connection)
    assert (found.goed, "1 definitieve regels staan niet op precies een overzicht" in found.uitleg) == (
        False,
        True,
    )


async def test_a_chain_that_sql_made_holds_by_python(api: Api) -> None:
    assert await said(api) == []
    answer = (await api.get("/v1/keten")).json()
    assert (answer["huishoudens"], answer["schakels"]) == (2, 4)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "update bijdrage_regel set bedrag_cent = 1, totaal_cent = 1 where versie = 1",
            f"Huishouden {ONE}, maand 2026-02, versie 1: deze regel is gewijzigd.",
        ),
        (
            "update bijdrage_regel set aanleiding = '{}' where versie = 5",
            f"Huishouden {ONE}, maand 2026-02, versie 5: deze regel is gewijzigd.",
        ),
        (
            "delete from bijdrage_regel where versie = 4",
            f"Huishouden {TWO}, maand 2026-02, versie 4: deze regel is weggehaald.",
        ),
        (
            (
                "insert into bijdrage_regel overriding system value select 99, huishouden_id, maand, 2, 'correctie', -1,"
                " totaal_cent, bijdrage_id, regel, wet, aanleiding, geschreven_op from bijdrage_regel where versie = 1"
            ),
            f"Huishouden {ONE}, maand 2026-02, versie 2: deze regel is er later tussen gezet.",
        ),
        (
            "delete from keten where versie = 4",
            f"Huishouden {TWO}, maand 2026-02, versie 4: deze regel is er later tussen gezet.",
        ),
    ],
)
async def test_a_line_touched_by_hand_is_named_with_its_household_month_and_versie(
    api: Api, statement: str, expected: str
) -> None:
    await api.pool.execute(BY_HAND + statement)
    assert await said(api) == [expected]
