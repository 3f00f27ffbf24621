"""A Kafka and a PostgreSQL of one run's own, which can be killed, frozen and started again on the same ports and data."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from local import child, ports
from local.kafka import STARTED, Kafka
from local.postgres import Postgres
from tests.process import eventually

Owner = tuple[int, int] | None
GONE = (psutil.STATUS_DEAD, psutil.STATUS_ZOMBIE)
STILL = (psutil.STATUS_STOPPED, *GONE)


@dataclass
class Server:
    """One server as a tree of processes: those of PostgreSQL are each in a group of their own."""

    name: str
    folder: Path
    command: Callable[[], list[str]]
    answers: Callable[["Server"], bool]
    owner: Owner = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """What it says since it was last started."""
        return self.folder / f"{self.name}.log"

    async def start(self) -> None:
        """Start it on the data it has, as often as it takes: what was killed may hold on to them for a moment."""

        async def runs() -> bool:
            if self.process is None or self.process.poll() is not None:
                self.process = self._spawn(self.command())
            return self.answers(self)

        await eventually(runs, f"{self.name} to answer; see {self.log}")

    def prepare(self, draft: Path, command: list[str]) -> None:
        """Make its data folder, by a program that ends."""
        shutil.rmtree(draft, ignore_errors=True)
        tool = self._spawn(command)
        assert tool.wait(120) == 0, self.log.read_text()[-2000:]

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
        with self.log.open("wb") as log:
            return subprocess.Popen(
                child.command(signal.SIGKILL, command, self.owner),
                cwd=self.folder,
                env=environment | {"LC_ALL": "C.UTF-8", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def processes(self) -> set[psutil.Process]:
        """Those it has now: the one that was started, and all that come of it, whichever groups they made."""
        if self.process is None:
            return set()
        try:
            first = psutil.Process(self.process.pid)
            return {first, *first.children(recursive=True)}
        except psutil.NoSuchProcess:
            return set()

    async def freeze(self) -> set[psutil.Process]:
        """Stop every one of its processes; those. Looked for again until none is new: what is stopped starts no other."""
        frozen = set[psutil.Process]()
        while new := self.processes() - frozen:
            for one in new:
                with suppress(psutil.NoSuchProcess):
                    one.suspend()
            await _all_are(new, STILL, f"{self.name} to stand still")
            frozen |= new
        return frozen

    def thaw(self) -> None:
        """Let every one of its processes go on."""
        for one in self.processes():
            with suppress(psutil.NoSuchProcess):
                one.resume()

    async def kill(self) -> set[psutil.Process]:
        """kill -9 of every one of its processes, all at one moment of theirs; those, when none is left."""
        processes = await self.freeze()
        for one in processes:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        if self.process is not None:
            self.process.wait()
        await _all_are(processes, GONE, f"{self.name} to be gone")
        return processes


async def _all_are(processes: Collection[psutil.Process], states: Collection[str], what: str) -> None:
    async def are() -> bool:
        return all(_state(one) in states for one in processes)

    await eventually(are, what)


def _state(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return psutil.STATUS_DEAD


class Servers:
    """Both servers of a run, in a folder of its own; `async with`."""

    def __init__(self, folder: Path) -> None:
        wishes = [ports.PortWish("Kafka"), ports.PortWish("PostgreSQL"), ports.PortWish("Kafka's controller")]
        kafka_port, postgres_port, controller_port = ports.choose(wishes)
        self._kafka = Kafka(folder, kafka_port, controller_port)
        self._postgres = Postgres(folder, postgres_port, durable=True)
        self.kafka = Server("kafka", folder, self._kafka.run_command, _has_started)
        self.postgres = Server(
            "postgres", folder, self._postgres.run_command, self._is_ready, self._postgres.owner()
        )

    def _is_ready(self, server: Server) -> bool:
        return server.process is not None and self._postgres.is_ready(server.process.pid)

    @property
    def kafka_address(self) -> str:
        """Where Kafka listens."""
        return f"127.0.0.1:{self._kafka.port}"

    @property
    def dsn(self) -> str:
        """The superuser's address of the database `postgres`."""
        return self._postgres.dsn

    async def __aenter__(self) -> Self:
        await asyncio.gather(self.make_kafka(), self.make_postgres())
        return self

    async def make_kafka(self) -> None:
        """An empty Kafka, that answers."""
        self.kafka.prepare(self._kafka.log_dir, self._kafka.format_command(self._kafka.log_dir))
        await self.kafka.start()

    async def make_postgres(self) -> None:
        """An empty PostgreSQL, that answers."""
        self.postgres.prepare(self._postgres.cluster, self._postgres.init_command(self._postgres.cluster))
        await self.postgres.start()

    async def __aexit__(self, *_: object) -> None:
        for server in (self.kafka, self.postgres):
            await server.kill()


def _has_started(server: Server) -> bool:
    return STARTED in server.log.read_bytes()
