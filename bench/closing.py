"""How long it takes to close a month: `python -m bench.closing --households N --months M`.

Beside a floor in the same run: one `insert … select` that copies the lines of the month with the sha256 of each.
"""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench.repeat import repeated
from local import lease
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
FLOOR = """
    create table floor as select r.*, sha256(keten_regel(r)) as hash from bijdrage_regel r where maand = {maand}
"""


async def measure(dsn: str, households: int, months: int) -> dict[str, float]:
    """Seconds of the floor and of the closing of one month, with `months` months of history of as many households."""
    pool = await db.open_pool(dsn)
    own = load(None)
    says = Announcer(OwnEvents("urn:nld:oin:00000000000000000000:systeem:billing", "bench", lambda: NOW))
    try:
        async with pool.acquire() as connection:
            rooms = [
                (name, files(room) / "migrations")
                for name, room in (("messaging", "shared.messaging"), ("billing", "services.billing"))
            ]
            await db.migrate(connection, rooms)
            await settings.enter(connection, own.versie, own.content(), WRITTEN)
            await connection.execute(LEDGER, households, CLOSED - months, WRITTEN, CLOSED, timeout=3600)
            for statement in PAST if months else ():
                await connection.execute(statement, CLOSED, timeout=3600)
            await connection.execute("vacuum analyze", timeout=3600)
            began = time.perf_counter()
            await connection.execute(FLOOR.format(maand=CLOSED), timeout=3600)
            floor_seconds = time.perf_counter() - began
            began = time.perf_counter()
            async with connection.transaction():
                await sluiten.begin(connection, Month(CLOSED), lambda: NOW, own)
        await Sluiten(pool, own, lambda: NOW, says, by_itself=False).close()
        seconds = time.perf_counter() - began
        closed = await pool.fetchrow("select huishoudens, totaal_cent from maand where maand = $1", CLOSED)
        if closed is None or closed["huishoudens"] != households:
            raise RuntimeError(
                f"the month closed with {closed}; this is a fault of this version, please report it"
            )
    finally:
        await pool.close()
    return {
        "households": households,
        "months": months,
        "seconds": round(seconds, 2),
        "floorSeconds": round(floor_seconds, 2),
        "ratio": round(seconds / floor_seconds, 1),
    }


async def _in_a_database(dsn: str, households: int, months: int) -> dict[str, float]:
    name = f"bench_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(f"create database {name}")
        measured = await measure(urlunsplit(urlsplit(dsn)._replace(path=f"/{name}")), households, months)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()
    return measured


def main() -> None:
    """Measure, and print it as JSON."""
    parser = argparse.ArgumentParser(prog="bench.closing", description=__doc__)
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=12, help="of history, closed before")
    parser.add_argument("--repeat", type=int, default=3, help="how many times; the figures are the medians")
    parser.add_argument(
        "--postgres", help="a PostgreSQL to measure on, as its URL; an embedded one if not given"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        dsn = chosen.postgres or stack.enter_context(lease(Path(folder))).postgres_dsn
        measured = asyncio.run(
            repeated(lambda: _in_a_database(dsn, chosen.households, chosen.months), chosen.repeat)
        )
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main()
