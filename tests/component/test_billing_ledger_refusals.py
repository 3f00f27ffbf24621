"""What the ledger itself refuses, whoever writes: each with plain SQL, on a household of April 2026 (tariff 2180)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.kalender import parse_month

HOME, OTHER = UUID(int=1), UUID(int=2)
APRIL, LONG_AGO = parse_month("2026-04"), parse_month("2019-04")
CHARGE, WAIVER = UUID(int=7), "Verordening art. 9"
COLUMNS = (
    "huishouden_id",
    "maand",
    "versie",
    "soort",
    "bedrag_cent",
    "totaal_cent",
    "bijdrage_id",
    "regel",
    "wet",
    "aanleiding",
    "geschreven_op",
)
INSERT = (
    "insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel,"
    " wet, aanleiding, geschreven_op) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)
Row = tuple[Any, ...]


def line(versie: int, soort: str, bedrag: int, totaal: int, maand: int = APRIL, whose: UUID = HOME) -> Row:
    """A line as it is written."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    return (whose, maand, versie, soort, bedrag, totaal, CHARGE, 7, "Wmo 2015", ["an event"], moment)


@pytest.fixture
async def ledger(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A ledger with one charge in it."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(INSERT, *line(5, "bijdrage", 2180, 2180))
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("refused", "constraint"),
    [
        (line(6, "bijdrage", 2180, 2180), "een_bijdrage_per_huishouden_en_maand"),
        (line(1, "bijdrage", 2181, 2181, whose=OTHER), "totaal_binnen_het_tarief"),
        (line(1, "bijdrage", 1000, 2000, whose=OTHER), "totaal_volgt_uit_de_vorige_regel"),
        (line(1, "bijdrage", 1, 1, maand=LONG_AGO), "totaal_binnen_het_tarief"),
        (line(6, "correctie", -1, 2180), "totaal_volgt_uit_de_vorige_regel"),
        (line(6, "correctie", -2181, -1), "bijdrage_regel_totaal_cent_check"),
        (line(6, "correctie", 0, 2180), "bijdrage_regel_bedrag_cent_check"),
        (line(6, "correctie", 20, 2200), "totaal_binnen_het_tarief"),
        (line(5, "correctie", -2180, 0), "versie_volgt_op_de_vorige"),
        (line(4, "correctie", -2180, 0), "versie_volgt_op_de_vorige"),
        (line(1, "correctie", -2180, 0, whose=OTHER), "bijdrage_gaat_voor"),
        (line(1, "kwijtschelding", -2180, 0, whose=OTHER), "bijdrage_gaat_voor"),
        (line(6, "kwijtschelding", -2180, 0), "totaal_volgt_uit_de_vorige_regel"),
        (line(6, "kwijtschelding", -2181, 2180), "kwijtschelding_binnen_het_totaal"),
        (line(6, "kwijtschelding", 100, 2180), "kwijtschelding_binnen_het_totaal"),
        (line(6, "cadeau", -2180, 0), "soort_van_de_regel"),
    ],
)
async def test_the_ledger_refuses_a_line_that_does_not_follow(
    ledger: asyncpg.Connection, refused: Row, constraint: str
) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as error:
        await ledger.execute(INSERT, *refused)
    assert getattr(error.value, "constraint_name", None) == constraint
    assert await ledger.fetchval("select count(*) from bijdrage_regel") == 1


async def test_what_is_waived_in_all_is_no_more_than_is_owed(ledger: asyncpg.Connection) -> None:
    await ledger.execute(INSERT, *line(6, "kwijtschelding", -2000, 2180))
    with pytest.raises(asyncpg.CheckViolationError, match="would be waived in all"):
        await ledger.execute(INSERT, *line(7, "kwijtschelding", -200, 2180))
    await ledger.execute(INSERT, *line(7, "kwijtschelding", -180, 2180))
    await ledger.execute(INSERT, *line(8, "correctie", -2180, 0))
    with pytest.raises(asyncpg.CheckViolationError, match="would be waived in all"):
        await ledger.execute(INSERT, *line(9, "kwijtschelding", 100, 0))
    await ledger.execute(INSERT, *line(9, "kwijtschelding", 2180, 0))


@pytest.mark.parametrize(
    "statement",
    ["update bijdrage_regel set wet = ''", "delete from bijdrage_regel", "truncate bijdrage_regel"],
)
async def test_no_line_is_altered_or_taken_away(ledger: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await ledger.execute(statement)


@pytest.mark.parametrize("table", ["overzicht", "overzicht_regel", "vastgehouden", "keten"])
async def test_nothing_of_what_is_definitive_is_taken_away(ledger: asyncpg.Connection, table: str) -> None:
    for statement in ("delete from", "truncate"):
        with pytest.raises(asyncpg.RaiseError, match=f"{table} is append-only"):
            await ledger.execute(f"{statement} {table}")


async def test_good_lines_of_many_months_pass_a_copy_at_once(ledger: asyncpg.Connection) -> None:
    good = [
        row
        for maand in range(parse_month("2024-01"), parse_month("2026-03"))
        for row in (
            line(1, "bijdrage", 2060, 2060, maand),
            line(2, "kwijtschelding", -2060, 2060, maand),
            line(3, "correctie", -2060, 0, maand),
            line(4, "kwijtschelding", 2060, 0, maand),
            line(5, "correctie", 2060, 2060, maand),
        )
    ]
    await ledger.copy_records_to_table("bijdrage_regel", records=good, columns=COLUMNS)
    with pytest.raises(asyncpg.CheckViolationError, match="does not follow from the total before it"):
        await ledger.copy_records_to_table(
            "bijdrage_regel",
            records=[line(6, "correctie", -180, 2000), line(7, "correctie", -1, 2000)],
            columns=COLUMNS,
        )
    assert await ledger.fetchval("select count(*) from bijdrage_regel") == len(good) + 1
