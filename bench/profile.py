"""Two profiles of billing's work: `python -m bench.profile --events N --to FOLDER`.

What `parts.py` measures, looked at by a profiler of Python and by PostgreSQL's own statistics of statements: which
functions, and which statements, take the time. Neither is a speed: looking slows.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from pyinstrument import Profiler

from bench import parts
from bench.path import ROOT
from local import lease
from local.lease import running
from shared import db

PRELOAD = "alter system set shared_preload_libraries = 'pg_stat_statements'"
STATEMENTS = """
select calls, total_exec_time, rows, wal_bytes, query from pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database())
order by total_exec_time desc limit 30
"""
INTERVAL_SECONDS = 0.001
WIDTH = 150
STOP_SECONDS_MAX, POLL_SECONDS = 60.0, 0.1


def preload(folder: Path) -> None:
    """Have the PostgreSQL of this folder keep its statistics from its next start on. Raises TimeoutError."""
    with lease(folder, linger_seconds=0) as backends:
        asyncio.run(_execute(backends.postgres_dsn, PRELOAD))
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while running(folder):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(POLL_SECONDS)


async def _execute(dsn: str, statement: str) -> None:
    connection = await db.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def profile(folder: Path, count: int, to: Path) -> None:
    """Write `python.txt` and `statements.txt`."""

    @asynccontextmanager
    async def watching(connection: db.Connection) -> AsyncIterator[None]:
        await connection.execute("create extension pg_stat_statements")
        await connection.execute("select pg_stat_statements_reset()")
        profiler = Profiler(interval=INTERVAL_SECONDS)
        with profiler:
            yield
        said = profiler.output_text().splitlines(keepends=True)
        (to / "python.txt").write_text("".join(line for line in said if str(ROOT) not in line))
        (to / "statements.txt").write_text(_table(await connection.fetch(STATEMENTS), count))

    parts.PARTS = ()
    await parts.run(folder, count, watching)


def _table(rows: Sequence[asyncpg.Record], count: int) -> str:
    head = f"{'calls':>7}{'us/event':>10}{'rows':>9}{'WAL/event':>11}  statement\n"
    return head + "".join(
        f"{row['calls']:>7}{row['total_exec_time'] * 1000 / count:>10.2f}{row['rows']:>9}"
        f"{row['wal_bytes'] / count:>11.1f}  {' '.join(row['query'].split())[:WIDTH]}\n"
        for row in rows
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        preload(Path(folder))
        asyncio.run(profile(Path(folder), asked.events, asked.to))


if __name__ == "__main__":
    main()
