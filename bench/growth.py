"""What billing does when its database has grown: the same records on few facts and on many."""

from typing import Any

import asyncpg

from bench.path import Progress, database, know_facts, measured, new_prefix, produce_uses
from bench.repeat import repeated
from local import Backends

CHUNK = 1_000_000
MONTHS = 120
OLD = """
    insert into gebruik
    select $3, n, 'OLD' || lpad(n::text, 12, '0'), 10000000 + n / 24, 12 * 2010 + n % $4, date '2010-01-01', date '2010-01-28',
           timestamptz '2010-02-01', 'urn:nld:agb:' || $3 || ':systeem:ecd', gen_random_uuid()::text, '01', '01A03', 4, '04',
           1250, 5000, 1, true, false
    from generate_series($1::bigint, $2::bigint) n
"""
"""Uses of another provider under other numbers, by which nothing that is measured is touched but the size of the tables."""
OLD_PROVIDER = "80000001"


async def measure(
    backends: Backends, count: int, known: tuple[int, int], repeat: int, progress: Progress
) -> dict[str, Any]:
    """Rate, cost and WAL of `count` records with few and with many facts in the database, and the ratios of the two."""
    return await repeated(lambda: _round(backends, count, known, progress), repeat)


async def _round(
    backends: Backends, count: int, known: tuple[int, int], progress: Progress
) -> dict[str, Any]:
    found = []
    for facts in known:
        prefix, kafka = new_prefix(), backends.kafka_bootstrap_servers
        async with database(backends, prefix) as dsn:
            await know_facts(kafka, dsn, prefix, count, progress)
            await _fill(dsn, facts, progress)
            await produce_uses(kafka, prefix, count, progress)
            found.append(await measured(kafka, dsn, prefix, count, progress))
    few, many = found
    return {
        "facts": known,
        "measured": found,
        "throughput": round(many["eventsPerSecond"] / few["eventsPerSecond"], 3),
        "wal": round(many["walBytesPerEvent"] / few["walBytesPerEvent"], 3),
    }


async def _fill(dsn: str, facts: int, progress: Progress) -> None:
    connection = await asyncpg.connect(dsn, command_timeout=600)
    for start in range(0, facts, CHUNK):
        await connection.execute(OLD, start, min(start + CHUNK, facts) - 1, OLD_PROVIDER, MONTHS)
        progress("filling the database", start / facts)
    await connection.execute("vacuum analyze gebruik")
    await connection.execute("checkpoint")
    await connection.close()
