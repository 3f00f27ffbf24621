"""A Kafka and a PostgreSQL of one run's own, which can be killed, frozen and started again on the same ports and data."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from local import child, ports
from local.kafka import STARTED, Kafka
from local.postgres import Postgres
from tests.process import eventually

Owner = tuple[int, int] | None


@dataclass
class Server:
    """One server as a group of processes."""

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

    def signal(self, number: signal.Signals) -> None:
        """Send every one of its processes a signal."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, all of it."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


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
        self.kafka.prepare(self._kafka.log_dir, self._kafka.format_command(self._kafka.log_dir))
        self.postgres.prepare(self._postgres.cluster, self._postgres.init_command(self._postgres.cluster))
        await asyncio.gather(self.kafka.start(), self.postgres.start())
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in (self.kafka, self.postgres):
            server.signal(signal.SIGCONT)
            server.kill()


def _has_started(server: Server) -> bool:
    return STARTED in server.log.read_bytes()
