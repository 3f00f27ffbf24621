"""How long it takes to close a month, beside bare `insert … select` in the same run.

Three floors: `lines` copies the lines of the month to a table without a key; `hashed` writes the sha256 of each with
it, as the chain of a household does; `rows` copies all rows that the closing wrote, to tables with the same keys.
"""

import time
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from bench.path import Progress, database, new_prefix
from bench.repeat import repeated
from local import Backends
from services.billing import sluiten
from services.billing.announce import Announcer
from services.billing.instellingen.lezen import load
from services.billing.sluiten import Sluiten
from services.billing.store import instellingen as settings
from shared import db
from shared.kalender import Month, parse_month
from shared.messaging.own import OwnEvents

CLOSED = parse_month("2026-03")
NOW = datetime(2026, 4, 23, 3, tzinfo=UTC)
WRITTEN = datetime(2026, 3, 1, tzinfo=UTC)
SECONDS_MAX = 3600
LEDGER = """
    insert into bijdrage_regel (huishouden_id, maand, versie, soort, bedrag_cent, totaal_cent, bijdrage_id, regel, wet,
                                aanleiding, geschreven_op)
    select h, m, 1, 'bijdrage', t.bedrag_cent, t.bedrag_cent, gen_random_uuid(), 7, 'Wmo 2015 art. 2.1.4a lid 4',
           array[gen_random_uuid()::text, gen_random_uuid()::text], $3
    from (select gen_random_uuid() h from generate_series(1, $1)) h, generate_series($2::int, $4::int) m
    join tarief t on t.maand = m
"""
PAST = (
    "insert into overzicht_regel select bijdrage_regel_id, maand from bijdrage_regel where maand < $1",
    """
    insert into keten select huishouden_id, row_number() over w, bijdrage_regel_id, maand, versie,
        keten_hash(''::bytea, keten_regel(r)) over w from bijdrage_regel r where maand < $1
        window w as (partition by huishouden_id order by maand rows unbounded preceding)
    """,
    "insert into maand (maand, begonnen_op, tot_regel, gesloten_op, instellingen) select $1 - 1, now(), 0, now(), 'past'",
)
FLOORS = {
    "lines": "select r.* from bijdrage_regel r where maand = {maand}",
    "hashed": "select r.*, sha256(keten_regel(r)) as hash from bijdrage_regel r where maand = {maand}",
}

WRITTEN_ROWS = {
    "overzicht": "maand = {maand}",
    "overzicht_regel": "op_maand = {maand}",
    "keten": "maand = {maand}",
    "keten_eind": "maand = {maand}",
    "outbox": "true",
}
"""What a closing writes, and where that of this month is."""


async def measure(
    backends: Backends, households: int, months: int, repeat: int, progress: Progress
) -> dict[str, Any]:
    """Seconds of the floors and of closing one month, with `months` closed months before it of as many households."""
    return await repeated(lambda _turn: _round(backends, households, months, progress), repeat)


async def _round(backends: Backends, households: int, months: int, progress: Progress) -> dict[str, float]:
    async with database(backends, new_prefix()) as dsn:
        pool = await db.open_pool(dsn)
        try:
            async with pool.acquire() as connection:
                progress("writing the ledger", 0)
                await _prepare(connection, households, months)
                took = {name: await _floor(connection, name) for name in FLOORS}
            progress("closing", 0.5)
            seconds = await _close(pool, households)
            async with pool.acquire() as connection:
                took["rows"] = await _rows(connection)
        finally:
            await pool.close()
    return {
        "households": households,
        "months": months,
        "seconds": round(seconds, 2),
        **{f"{name}Seconds": round(floor, 2) for name, floor in took.items()},
        **{f"of{name.title()}": round(seconds / floor, 3) for name, floor in took.items()},
    }


async def _prepare(connection: db.Connection, households: int, months: int) -> None:
    rooms = (("messaging", "shared.messaging"), ("billing", "services.billing"))
    await db.migrate(connection, [(name, files(room) / "migrations") for name, room in rooms])
    own = load(None)
    await settings.enter(connection, own.versie, own.content(), WRITTEN)
    await connection.execute(LEDGER, households, CLOSED - months, WRITTEN, CLOSED, timeout=SECONDS_MAX)
    for statement in PAST if months else ():
        await connection.execute(statement, CLOSED, timeout=SECONDS_MAX)
    for name, select in FLOORS.items():
        await connection.execute(f"create table {name} as {select.format(maand=CLOSED)} with no data")
    await connection.execute("vacuum analyze", timeout=SECONDS_MAX)
    await connection.execute("checkpoint", timeout=SECONDS_MAX)


async def _floor(connection: db.Connection, name: str) -> float:
    began = time.perf_counter()
    await connection.execute(f"insert into {name} {FLOORS[name].format(maand=CLOSED)}", timeout=SECONDS_MAX)
    return time.perf_counter() - began


async def _rows(connection: db.Connection) -> float:
    """Seconds to write again what the closing wrote, in one transaction."""
    for table in WRITTEN_ROWS:
        await connection.execute(f"create table floor_{table} (like {table} including indexes)")
    await connection.execute("checkpoint", timeout=SECONDS_MAX)
    began = time.perf_counter()
    async with connection.transaction():
        for table, of_month in WRITTEN_ROWS.items():
            select = f"select * from {table} where {of_month.format(maand=CLOSED)}"  # noqa: S608 - of this file
            await connection.execute(f"insert into floor_{table} {select}", timeout=SECONDS_MAX)
    return time.perf_counter() - began


async def _close(pool: db.Pool, households: int) -> float:
    own = load(None)
    says = Announcer(OwnEvents("urn:nld:oin:00000001009999999000:systeem:bench", "bench", lambda: NOW))
    began = time.perf_counter()
    async with pool.acquire() as connection, connection.transaction():
        await sluiten.begin(connection, Month(CLOSED), lambda: NOW, own)
    await Sluiten(pool, own, lambda: NOW, says, by_itself=False).close()
    seconds = time.perf_counter() - began
    closed = await pool.fetchrow("select huishoudens, totaal_cent from maand where maand = $1", CLOSED)
    if closed is None or closed["huishoudens"] != households:
        raise RuntimeError(
            f"the month closed with {closed}; this is a fault of this version, please report it"
        )
    return seconds
