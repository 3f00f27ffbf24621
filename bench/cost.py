"""What consumers cost: their own processor time, that of the PostgreSQL sessions that work for them, WAL, memory.

All must run on this machine, on Linux. What Kafka, the checkpointer and the WAL writer use is not counted.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg

NANOSECONDS = 1e9
MILLION = 1_000_000
KILOBYTES_A_MEGABYTE = 1024


class Tally:
    """How many records were handled by these processes, and since the first batch how fast and at what cost."""

    def __init__(self, pids: Sequence[int], connection: asyncpg.Connection) -> None:
        self._pids, self._connection = pids, connection
        self._before: dict[int, float] = {}
        self.seen = self._first = 0
        self._began, self._wal = 0.0, ""

    async def add(self, count: int) -> None:
        """So many more were handled."""
        self.seen += count
        if not self._began:
            self._first = self.seen
            self._wal = await self._connection.fetchval("select pg_current_wal_lsn()::text")
            await self._seconds()
            self._began = time.perf_counter()

    async def result(self) -> dict[str, float]:
        """Events a second, processor seconds a million events, bytes of WAL an event, the most memory of a process."""
        count, seconds = self.seen - self._first, time.perf_counter() - self._began
        own, sessions = await self._seconds()
        wal = await self._connection.fetchval(
            "select (pg_current_wal_lsn() - $1::text::pg_lsn)::float", self._wal
        )
        return {
            "eventsPerSecond": round(count / seconds, 1),
            "cpuSecondsPerMillion": round(own / count * MILLION, 2),
            "postgresCpuSecondsPerMillion": round(sessions / count * MILLION, 2),
            "walBytesPerEvent": round(wal / count, 1),
            "memoryMb": round(max(map(_most_memory, self._pids)) / KILOBYTES_A_MEGABYTE, 1),
        }

    async def _seconds(self) -> tuple[float, float]:
        """Seconds since this was last asked: of the processes, and of the sessions other than the one that asks."""
        sessions = await self._connection.fetch(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        now = {pid: used_seconds(pid) for pid in [*self._pids, *(row[0] for row in sessions)]}
        used = {pid: seconds - self._before.get(pid, 0.0) for pid, seconds in now.items()}
        self._before |= now
        own = sum(used.pop(pid) for pid in self._pids)
        return own, sum(used.values())


def used_seconds(pid: int) -> float:
    """Seconds of the processor that a process has used, with all its threads; 0 where there is none."""
    try:
        return sum(
            int((task / "schedstat").read_text().split()[0]) / NANOSECONDS
            for task in Path(f"/proc/{pid}/task").iterdir()
        )
    except OSError:  # it has just ended
        return 0.0


def _most_memory(pid: int) -> int:
    """Kilobytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
