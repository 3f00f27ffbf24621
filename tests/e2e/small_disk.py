"""A real file system of a few hundred MB that can be filled up, with a PostgreSQL or Kafka on it that is started again."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from local import child, jars, ports
from local.kafka import STARTED, Kafka
from local.postgres import Postgres
from tests.harness import eventually

SIZE_MB = 300
CHUNK = bytes(1024 * 1024)
NO_MORE_WAL_THAN = ("-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB")
CANNOT = "NOT TESTED: what happens on a full disk. Only root, with the right to mount, can make a small one."


class Disk:
    """A small file system, mounted at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._ballast = folder, folder / "ballast"

    def fill(self) -> None:
        """Leave not a byte."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(CHUNK):
                pass
            while ballast.write(CHUNK[:512]):
                pass

    def make_room(self) -> None:
        """Give back what was taken."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Mount one here, or skip the test, saying what was not tested."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip(CANNOT)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Kept:
    """A server that is started again whenever it ends, as an orchestrator would."""

    def __init__(
        self,
        name: str,
        disk: Disk,
        program: Callable[[], list[str]],
        log: Path,
        owner: tuple[int, int] | None = None,
    ) -> None:
        self.name, self.log, self.starts = name, log, 0
        self._disk, self._program, self._owner = disk, program, owner
        self._process: subprocess.Popen[bytes] | None = None

    def run(
        self, program: list[str], death_signal: signal.Signals = signal.SIGKILL
    ) -> subprocess.Popen[bytes]:
        """Run a program as this server's user, in its folder."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                child.command(death_signal, program, self._owner),
                cwd=self._disk.folder,
                env={k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C.UTF-8"},
                stdout=log,
                stderr=log,
            )

    async def keep(self) -> None:
        """Start it, and again, until cancelled."""
        try:
            while True:
                if self._process is None or self._process.poll() is not None:
                    self._process, self.starts = self.run(self._program()), self.starts + 1
                await asyncio.sleep(0.1)
        finally:
            if self._process is not None:
                self._process.kill()
                self._process.wait()


@asynccontextmanager
async def _kept(server: Kept) -> AsyncIterator[Kept]:
    keeping = asyncio.create_task(server.keep())
    try:
        yield server
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


@asynccontextmanager
async def postgresql_on(disk: Disk, log: Path) -> AsyncIterator[tuple[Kept, str]]:
    """A PostgreSQL that keeps its databases there; and the superuser's DSN."""
    (port,) = ports.choose([ports.PortWish("PostgreSQL")])
    server = Postgres(disk.folder, port, durable=True)
    own = Kept("PostgreSQL", disk, lambda: [*server.run_command(), *NO_MORE_WAL_THAN], log, server.owner())
    assert own.run(server.init_command(server.cluster)).wait() == 0, log.read_text()
    async with _kept(own):

        async def answers() -> bool:
            with suppress(OSError, asyncpg.PostgresError):
                await (await asyncpg.connect(server.dsn)).close()
                return True
            return False

        await eventually(answers, "PostgreSQL on the small disk to answer")
        yield own, server.dsn


@asynccontextmanager
async def kafka_on(disk: Disk, log: Path) -> AsyncIterator[tuple[Kept, str]]:
    """A Kafka that keeps its topics there; and its address."""
    jars.obtain()
    port, controller_port = ports.choose([ports.PortWish("Kafka"), ports.PortWish("its controller")])
    server = Kafka(disk.folder, port, controller_port)
    own = Kept("Kafka", disk, server.run_command, log)
    assert own.run(server.format_command(server.log_dir)).wait() == 0, log.read_text()
    async with _kept(own):

        async def started() -> bool:
            return STARTED in log.read_bytes()

        await eventually(started, "Kafka on the small disk to start")
        yield own, f"127.0.0.1:{port}"
