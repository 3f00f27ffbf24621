"""What the ledger itself refuses, whoever writes: each with plain SQL, on a household of April 2026 (tariff 2180)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.kalender import parse_month
from tests.process import eventually

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
WAITS = """
    select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
"""
Row = tuple[Any, ...]


def line(
    versie: int,
    soort: str,
    bedrag: int,
    totaal: int,
    maand: int = APRIL,
    whose: UUID = HOME,
    id_: UUID = CHARGE,
) -> Row:
    """A line as it is written."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    return (whose, maand, versie, soort, bedrag, totaal, id_, 7, "Wmo 2015", ["an event"], moment)


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
        (line(6, "correctie", -2180, 0, id_=OTHER), "een_bijdrage_id_per_huishouden_en_maand"),
        (line(6, "kwijtschelding", -2180, 2180, id_=OTHER), "een_bijdrage_id_per_huishouden_en_maand"),
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
    async with ledger.transaction():
        await ledger.execute(INSERT, *line(8, "correctie", -2180, 0))
        with pytest.raises(asyncpg.CheckViolationError, match="would be waived in all"):
            async with ledger.transaction():
                await ledger.execute(INSERT, *line(9, "kwijtschelding", 100, 0))
        await ledger.execute(INSERT, *line(9, "kwijtschelding", 2180, 0))
    assert await sum_cent(ledger) == 0


async def sum_cent(ledger: asyncpg.Connection) -> int:
    """What the one month comes to, waivers included."""
    return int(await ledger.fetchval("select sum(bedrag_cent) from bijdrage_regel"))


@pytest.mark.parametrize(
    "lines",
    [
        [line(7, "correctie", -2180, 0)],
        [line(7, "correctie", -2180, 0), line(8, "correctie", 999, 999)],
        [line(7, "correctie", -2180, 0), line(8, "correctie", 1, 1), line(9, "correctie", -1, 0)],
    ],
)
async def test_no_month_comes_below_zero_by_the_end_of_a_transaction(
    ledger: asyncpg.Connection, lines: list[Row]
) -> None:
    await ledger.execute(INSERT, *line(6, "kwijtschelding", -1000, 2180))
    transaction = ledger.transaction()
    await transaction.start()
    await ledger.executemany(INSERT, lines)
    with pytest.raises(asyncpg.CheckViolationError, match="waivers included") as error:
        await transaction.commit()
    assert getattr(error.value, "constraint_name", None) == "maand_niet_onder_nul"
    async with ledger.transaction():
        await ledger.execute(INSERT, *line(7, "correctie", -2180, 0))
        await ledger.execute(INSERT, *line(8, "correctie", 1000, 1000))
    assert await sum_cent(ledger) == 0


@pytest.mark.parametrize("isolation", ["read_committed", "repeatable_read", "serializable"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (line(10, "correctie", -2180, 0), line(11, "correctie", -2180, 0)),
        (line(10, "kwijtschelding", -2180, 2180), line(11, "correctie", -2180, 0)),
        (line(10, "kwijtschelding", -2180, 2180), line(11, "kwijtschelding", -2180, 2180)),
    ],
)
async def test_of_two_sessions_that_take_the_same_month_down_at_once_one_is_refused(
    ledger: asyncpg.Connection, dsn: str, isolation: Any, one: Row, other: Row
) -> None:
    second = await asyncpg.connect(dsn)
    first_tx, second_tx = (connection.transaction(isolation=isolation) for connection in (ledger, second))
    await first_tx.start()
    await second_tx.start()
    assert await second.fetchval("select count(*) from bijdrage_regel") == 1, "its view is from before"
    await ledger.execute(INSERT, *one)
    waiting = asyncio.create_task(second.execute(INSERT, *other))
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as watch:
        await eventually(partial(watch.fetchval, WAITS), "the second session to wait for the first")
    await first_tx.commit()
    with pytest.raises((asyncpg.UniqueViolationError, asyncpg.SerializationError)):
        await waiting
    await second_tx.rollback()
    await second.close()
    assert await sum_cent(ledger) == 2180 + one[4]


@pytest.mark.parametrize(
    "statement",
    ["update bijdrage_regel set wet = ''", "delete from bijdrage_regel", "truncate bijdrage_regel"],
)
async def test_no_line_is_altered_or_taken_away(ledger: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await ledger.execute(statement)


@pytest.mark.parametrize("table", ["overzicht", "overzicht_regel", "vastgehouden", "keten", "keten_eind"])
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


CLOSED = "insert into maand (maand, begonnen_op, tot_regel, instellingen) values ($1, now(), 1, 'these')"


@pytest.mark.parametrize(
    "statement",
    [
        "update maand set gesloten_op = null",
        "update maand set instellingen = 'others'",
        "update maand set totaal_cent = 1",
        "update maand set maand = maand - 1",
        "delete from maand",
        "truncate maand",
        "update tarief set bedrag_cent = 1 where maand = 24315",
        "update tarief set maand = 1 where maand = 24316",
        "delete from tarief where maand = 24315",
        "insert into tarief values (24315, 1) on conflict (maand) do update set bedrag_cent = 1",
        "truncate tarief",
    ],
)
async def test_a_closed_month_is_not_reopened_and_keeps_its_settings_and_tariff(
    ledger: asyncpg.Connection, statement: str
) -> None:
    await ledger.execute(CLOSED, APRIL)
    await ledger.execute("update maand set gesloten_op = now()")
    with pytest.raises(asyncpg.RaiseError, match="definitive month"):
        await ledger.execute(statement)
    await ledger.execute("update tarief set bedrag_cent = 1 where maand > $1", APRIL)


@pytest.mark.parametrize(
    "statement", ["update maand set begonnen_op = now() + interval '1 day'", "delete from maand"]
)
async def test_a_month_that_closes_keeps_its_moment(ledger: asyncpg.Connection, statement: str) -> None:
    await ledger.execute(CLOSED, APRIL)
    with pytest.raises(asyncpg.RaiseError, match="definitive month"):
        await ledger.execute(statement)
    await ledger.execute("update maand set huishoudens = 1")


@pytest.mark.parametrize(
    "statement",
    [
        "update werk set besluit = 'kwijtschelden'",
        "update werk set door = 'B'",
        "delete from werk",
        "truncate werk",
    ],
)
async def test_what_a_person_decided_is_neither_altered_nor_taken_away(
    ledger: asyncpg.Connection, statement: str
) -> None:
    await ledger.execute(
        "insert into werk (soort, sleutel, gegevens, ontstaan_op) values ('nabetaling', 'a', '{}', now())"
    )
    await ledger.execute("update werk set afgehandeld_op = now(), besluit = 'vervallen'")
    await ledger.execute(
        "update werk set afgehandeld_op = now(), besluit = 'vrijgeven', door = 'A. Ambtenaar'"
    )
    with pytest.raises(asyncpg.RaiseError, match="what was decided"):
        await ledger.execute(f"{statement} cascade" if statement.startswith("truncate") else statement)
