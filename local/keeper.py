"""The one process that owns the Kafka and the PostgreSQL of a data folder.

It is started by `local.lease`, which hands it two open files: the folder's lock, held for as long as the keeper lives,
and the first lease. When the last lease has gone it stops both servers and ends.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from local import child, ports, state
from local.errors import LocalError
from local.kafka import STARTED, Kafka
from local.leases import Leases
from local.logs import last_line
from local.postgres import Postgres

STOP_SECONDS_MAX = 15.0
POLL_SECONDS = 0.05


async def _until(ready: Callable[[], bool]) -> None:
    while True:
        if ready():
            return
        await asyncio.sleep(POLL_SECONDS)


class Keeper:
    """Starts both servers, watches them, stops them."""

    def __init__(self, options: argparse.Namespace, leases: Leases) -> None:
        self.data_dir: Path = options.data_dir
        self.leases = leases
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.state = state.read(self.data_dir)
        wishes = [
            ports.PortWish("Kafka", options.kafka_port, self.state.get("kafka_port")),
            ports.PortWish("PostgreSQL", options.postgres_port, self.state.get("postgres_port")),
            ports.PortWish("Kafka's controller", None, self.state.get("controller_port")),
        ]
        kafka_port, postgres_port, controller_port = ports.choose(wishes)
        self.kafka = Kafka(self.data_dir, kafka_port, controller_port)
        self.postgres = Postgres(self.data_dir, postgres_port, options.durable)
        self.state["kafka_port"], self.state["postgres_port"] = kafka_port, postgres_port
        self.state["controller_port"] = controller_port

    async def run(self, path: Path) -> None:
        """Start both at once, say where they are, and return only by an error."""
        self.state["socket"], self.state["keeper_pid"] = str(path), os.getpid()
        state.write(self.data_dir, self.state)
        await asyncio.gather(self._start_postgres(), self._start_kafka())
        where = {"kafka": f"127.0.0.1:{self.kafka.port}", "postgres": self.postgres.dsn}
        self.leases.announce(where)
        await _until(lambda: not all(self._runs(name) for name in self.servers))

    async def _start_postgres(self) -> None:
        cluster, owner = self.postgres.cluster, self.postgres.owner()
        await self._prepare("postgres", cluster, self.postgres.init_command, owner)
        server = self._spawn("postgres", self.postgres.run_command(), signal.SIGINT, owner)
        self._serve("postgres", server)
        await _until(lambda: self._runs("postgres") and self.postgres.is_ready(server.pid))

    async def _start_kafka(self) -> None:
        log = self.data_dir / "kafka.log"
        await self._prepare("kafka", self.kafka.log_dir, self.kafka.format_command)
        self._serve("kafka", self._spawn("kafka", self.kafka.run_command(), signal.SIGTERM))
        await _until(lambda: self._runs("kafka") and STARTED in log.read_bytes())

    async def _prepare(
        self,
        name: str,
        folder: Path,
        command: Callable[[Path], list[str]],
        owner: tuple[int, int] | None = None,
    ) -> None:
        """Make the server's folder under another name first, so that a folder that exists is a whole one."""
        if folder.exists():
            return
        draft = folder.with_name(folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        tool = self._spawn(name, command(draft), signal.SIGKILL, owner)
        try:
            await _until(lambda: tool.poll() is not None)
        finally:
            tool.kill()
            tool.wait()
        if tool.returncode:
            raise LocalError(self._reason(name, "could not be set up"))
        draft.rename(folder)

    def _spawn(
        self,
        name: str,
        program: list[str],
        death_signal: signal.Signals,
        owner: tuple[int, int] | None = None,
    ) -> subprocess.Popen[bytes]:
        environment = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
        with (self.data_dir / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                child.command(death_signal, program, owner),
                cwd=self.data_dir,
                env=environment | {"LC_ALL": "C.UTF-8", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _serve(self, name: str, server: subprocess.Popen[bytes]) -> None:
        self.servers[name] = server
        self.state.update({f"{name}_pid": server.pid})  # type: ignore[misc]
        state.write(self.data_dir, self.state)

    def _runs(self, name: str) -> bool:
        code = self.servers[name].poll()
        if code is not None:
            raise LocalError(self._reason(name, f"ended by itself (exit code {code})"))
        return True

    def _reason(self, name: str, what: str) -> str:
        log = self.data_dir / f"{name}.log"
        title = {"kafka": "Kafka", "postgres": "PostgreSQL"}[name]
        return f"{title} {what}: {last_line(log) or 'it said nothing'}; see {log}."

    def stop(self) -> None:
        """Stop both cleanly, and without mercy when they do not."""
        polite = {"kafka": signal.SIGTERM, "postgres": signal.SIGINT}
        for name, server in self.servers.items():
            server.send_signal(polite[name])
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for server in self.servers.values():
            try:
                server.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        for key in ("socket", "keeper_pid", "kafka_pid", "postgres_pid"):
            self.state.pop(key, None)  # type: ignore[misc]
        state.write(self.data_dir, self.state)


def _told_to_stop() -> asyncio.Event:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


async def _first_of(work: Sequence[Coroutine[Any, Any, Any]]) -> None:
    """Wait for whichever ends first, end the others, and pass on its error."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for task in done:
        task.result()


def _say_why(leases: Leases, reason: str) -> None:
    sys.stderr.write(reason + "\n")
    leases.announce({"error": reason})


async def keep(options: argparse.Namespace, first: socket.socket) -> None:
    """Keep both servers until the last lease has gone, one of them has ended, or a signal comes."""
    told = _told_to_stop()
    leases = Leases()
    keeper = None
    try:
        async with leases.listening(first) as path:
            try:
                state.end_leftovers(options.data_dir)
                keeper = Keeper(options, leases)
                await _first_of([keeper.run(path), leases.all_gone(options.linger_seconds), told.wait()])
                if told.is_set():
                    leases.announce(
                        {"error": f"Kafka and PostgreSQL in {options.data_dir} were told to stop."}
                    )
            except LocalError as error:
                _say_why(leases, str(error))
            except OSError as error:
                _say_why(
                    leases,
                    f"{options.data_dir} cannot be used ({error}); mend that, or choose another folder.",
                )
    finally:
        if keeper:
            keeper.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.keeper", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--lock-fd", type=int, required=True)
    parser.add_argument("--lease-fd", type=int, required=True)
    parser.add_argument("--linger-seconds", type=float, required=True)
    parser.add_argument("--kafka-port", type=int)
    parser.add_argument("--postgres-port", type=int)
    parser.add_argument("--durable", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def main() -> None:
    """Leave the process that started us, so that nobody has to wait for our end, and keep."""
    options = _options()
    if os.fork():
        os._exit(0)
    for inherited in (options.lock_fd, options.lease_fd):
        os.set_inheritable(inherited, False)
    with socket.socket(fileno=options.lease_fd) as first:
        first.setblocking(False)
        asyncio.run(keep(options, first))


if __name__ == "__main__":
    main()
