"""How much processor time a consumer costs: its own, and that of the PostgreSQL sessions that work for it."""

import os
from pathlib import Path
from typing import Self

import asyncpg

NANOSECONDS = 1e9


class Meter:
    """The processor time of one process and of the sessions of one database, since the meter was made or last read.

    Both must run on this machine, on Linux. What Kafka, the checkpointer and the WAL writer use is not counted.
    """

    def __init__(self, pid: int, connection: asyncpg.Connection) -> None:
        self._pid, self._connection = pid, connection
        self._before: dict[int, float] = {}

    @classmethod
    def own(cls, connection: asyncpg.Connection) -> Self:
        """Of this process itself."""
        return cls(os.getpid(), connection)

    async def seconds(self) -> tuple[float, float]:
        """Seconds of the process, and of the sessions other than the one that asks."""
        sessions = await self._connection.fetch(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        now = {pid: _used(pid) for pid in [self._pid, *(row[0] for row in sessions)]}
        used = {pid: seconds - self._before.get(pid, 0.0) for pid, seconds in now.items()}
        self._before |= now
        return used.pop(self._pid), sum(used.values())


def _used(pid: int) -> float:
    try:
        return sum(
            int((task / "schedstat").read_text().split()[0]) / NANOSECONDS
            for task in Path(f"/proc/{pid}/task").iterdir()
        )
    except OSError:  # it has just ended
        return 0.0
