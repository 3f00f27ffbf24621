"""The chain in the database: SQL makes it, Python verifies it, and a line altered by hand is named."""

from collections.abc import AsyncIterator

import pytest

from services.billing.api.keten import check
from shared.kalender import parse_month
from tests.component.closing import closing_on, house
from tests.component.http import Api
from tests.component.test_billing_werklijst import billing_at

ONE, TWO = house(1), house(2)
BY_HAND = "set session_replication_role = replica"
FEBRUARY, MARCH = parse_month("2026-02"), parse_month("2026-03")
MISSING = "ontbreekt een schakel van de keten."


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


async def by_hand(api: Api, *statements: str) -> None:
    """Do this as a superuser can, whatever the triggers say; ONE, TWO, FEBRUARY and MARCH are what they are here."""
    names = {"ONE": f"'{ONE}'", "TWO": f"'{TWO}'", "FEBRUARY": str(FEBRUARY), "MARCH": str(MARCH)}
    script = "; ".join([BY_HAND, *statements])
    for name, value in names.items():
        script = script.replace(name, value)
    await api.pool.execute(script)


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
    assert (answer["huishoudens"], answer["schakels"]) == (2, 7)


async def test_the_first_household_that_there_can_be_is_looked_through_too(dsn: str) -> None:
    async with closing_on(dsn) as ledger, billing_at(dsn, "2026-05-01T08:00:00Z") as api:
        await ledger.charge(house(0), "2026-02")
        await ledger.charge(ONE, "2026-02")
        await ledger.close("2026-02")
        await by_hand(api, "update bijdrage_regel set regel = 6")
        first, second = await said(api)
        assert str(house(0)) in first
        assert str(ONE) in second


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
            "update overzicht set inhoud = inhoud || ' ' where huishouden_id = ONE and maand = MARCH",
            f"Huishouden {ONE}, maand 2026-03: dit overzicht is gewijzigd.",
        ),
        (
            "update overzicht set inhoud = 'none' where huishouden_id = ONE and maand = FEBRUARY",
            f"Huishouden {ONE}, maand 2026-02: dit overzicht is gewijzigd.",
        ),
        (
            "update keten_eind set nummer = nummer + 1 where nummer > 2",
            f"Huishouden {ONE}, maand 2026-03: van de keten is het eind weggehaald.",
        ),
        (
            "update keten_eind set nummer = nummer - 1 where nummer > 2",
            f"Huishouden {ONE}, maand 2026-03: de keten gaat verder dan bij het sluiten.",
        ),
    ],
)
async def test_a_line_touched_by_hand_is_named_with_its_household_month_and_versie(
    api: Api, statement: str, expected: str
) -> None:
    await by_hand(api, statement)
    assert await said(api) == [expected]


TAKEN_OUT = """
    create temporary table weg as select bijdrage_regel_id from bijdrage_regel where versie in (THESE);
    delete from bijdrage_regel where bijdrage_regel_id in (table weg);
    delete from overzicht_regel where bijdrage_regel_id in (table weg);
    delete from keten where bijdrage_regel_id in (table weg);
"""
LAST = (TAKEN_OUT.replace("THESE", "2"),)
TAIL = (
    TAKEN_OUT.replace("THESE", "2, 5"),
    "delete from keten where maand = MARCH",
    "delete from overzicht where maand = MARCH",
)
ALL_OF_TWO = (
    TAKEN_OUT.replace("THESE", "4"),
    "delete from keten where huishouden_id = TWO",
    "delete from overzicht where huishouden_id = TWO",
)
CLOSED = "is gesloten met {} huishoudens met samen {} cent, en {} overzichten die samen {} cent vragen."
NOW = " Nu zijn het {} huishoudens met samen {} cent, en {} overzichten die samen {} cent vragen."


@pytest.mark.parametrize(
    ("statements", "chains", "months"),
    [
        (
            LAST,
            [f"Huishouden {ONE}, maand 2026-03: voor dit overzicht {MISSING}"],
            ["Maand 2026-03 " + CLOSED.format(1, 2180, 1, 0) + NOW.format(0, 0, 1, 0)],
        ),
        (
            TAIL,
            [f"Huishouden {ONE}, maand 2026-03: van de keten is het eind weggehaald."],
            ["Maand 2026-03 " + CLOSED.format(1, 2180, 1, 0) + NOW.format(0, 0, 0, 0)],
        ),
        (
            ALL_OF_TWO,
            [f"Huishouden {TWO}, maand 2026-02: van de keten is het eind weggehaald."],
            ["Maand 2026-02 " + CLOSED.format(2, 4360, 2, 4360) + NOW.format(1, 2180, 1, 2180)],
        ),
        (
            (*ALL_OF_TWO, "delete from keten_eind where huishouden_id = TWO"),
            [],
            ["Maand 2026-02 " + CLOSED.format(2, 4360, 2, 4360) + NOW.format(1, 2180, 1, 2180)],
        ),
        (
            ("update overzicht set gevraagd_cent = 0 where huishouden_id = TWO",),
            [f"Huishouden {TWO}, maand 2026-02: dit overzicht is gewijzigd."],
            ["Maand 2026-02 " + CLOSED.format(2, 4360, 2, 4360) + NOW.format(2, 4360, 2, 2180)],
        ),
        (
            ("update maand set totaal_cent = 0 where maand = MARCH",),
            [],
            ["Maand 2026-03 " + CLOSED.format(1, 0, 1, 0) + NOW.format(1, 2180, 1, 0)],
        ),
    ],
)
async def test_what_is_taken_away_with_its_links_is_missed_by_what_was_noted_at_the_closing(
    api: Api, statements: tuple[str, ...], chains: list[str], months: list[str]
) -> None:
    await by_hand(api, *statements)
    assert await said(api) == chains
    answer = (await api.get("/v1/keten")).json()
    assert [month["uitleg"] for month in answer["maanden"]] == months
    async with api.pool.acquire() as connection:
        found = await check(connection)
    assert not found.goed
    assert all(one in found.uitleg for one in [*chains, *months])
