"""Every service as processes of its own: started, watched, started again when killed, and stopped together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from local import state as local_state
from local.child import command as child_of_this
from shared.contracts.types import format_moment
from wijkzorg.common import CommandError, console, named_kafka, named_postgres, service_names

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
POLL_SECONDS = 0.1
STARTS_AGAIN_MAX = 5
STARTS_AGAIN_WITHIN_SECONDS = 600.0


@dataclass(frozen=True)
class Place:
    """Where services run: their folder, Kafka, databases by service, the address, and the clock if it stands still."""

    data_dir: Path
    kafka: str
    dsns: Mapping[str, str]
    host: str
    clock: datetime | None = None


@dataclass
class Copy:
    """One copy of a service as a process; `port` is 0 until it has chosen one."""

    service: str
    number: int
    port: int
    url: str = ""
    process: "subprocess.Popen[bytes] | None" = None
    restarts: deque[float] = field(default_factory=deque)

    @property
    def name(self) -> str:
        """What it is called in the folder, and to people."""
        return self.service if self.number == 1 else f"{self.service}.{self.number}"


def service_ports() -> dict[str, int]:
    """The services there are, each with the port it listens on unless told otherwise."""
    ports = {name: import_module(f"services.{name}.app").PORT for name in service_names()}
    return dict(sorted(ports.items(), key=lambda item: item[1]))


def port_fault(host: str, port: int) -> str | None:
    """Why a port cannot be listened on; None where it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


@contextmanager
def running(place: Place, ports: Mapping[str, int], copies: int = 1) -> Iterator["Processes"]:
    """All services, ready to be asked; they are stopped where the block ends, however it ends."""
    found = Processes(
        place, [Copy(s, n, p if n == 1 else 0) for s, p in ports.items() for n in range(1, copies + 1)]
    )
    try:
        found.start()
        yield found
    finally:
        found.stop()


class Processes:
    """The copies of every service."""

    def __init__(self, place: Place, copies: list[Copy]) -> None:
        self._place, self.copies = place, copies

    @property
    def urls(self) -> dict[str, str]:
        """The address of each service: of its first copy."""
        return {copy.service: copy.url for copy in self.copies if copy.number == 1}

    def start(self) -> None:
        """Start all, and wait until each listens and has its database."""
        for copy in self.copies:
            self._launch(copy)
        for copy in self.copies:
            copy.url = self._address(copy)
            copy.port = urlsplit(copy.url).port or 0

    def watch(self) -> None:
        """Look once: what was killed is started again where it was; what ended by itself ends everything."""
        for copy in self.copies:
            code = copy.process.poll() if copy.process else None
            if code is None:
                continue
            if code >= 0 or not self._may_start_again(copy):
                raise CommandError(
                    f"{copy.name} ended with code {code}, so everything was stopped: {self._last_words(copy)} "
                    f"Data are kept; its log is {self._file(copy, 'log')}."
                )
            console.print(f"{copy.name} was ended by signal {-code}; it is started again", soft_wrap=True)
            self._launch(copy)
        if not _kept(self._place.data_dir):
            raise CommandError(
                f"Kafka or PostgreSQL in {self._place.data_dir} has stopped, so everything was. "
                "Data are kept; start again."
            )

    def _may_start_again(self, copy: Copy) -> bool:
        now = time.monotonic()
        while copy.restarts and now - copy.restarts[0] > STARTS_AGAIN_WITHIN_SECONDS:
            copy.restarts.popleft()
        copy.restarts.append(now)
        return len(copy.restarts) <= STARTS_AGAIN_MAX

    def _launch(self, copy: Copy) -> None:
        """Start one copy, which ends with this process; its log goes to the data folder."""
        ready = self._file(copy, "url")
        ready.unlink(missing_ok=True)
        environment = os.environ | {
            "KAFKA_BOOTSTRAP_SERVERS": self._place.kafka,
            "WIJKZORG_DATABASE_DSN": self._place.dsns[copy.service],
            "WIJKZORG_HTTP_HOST": self._place.host,
            "WIJKZORG_HTTP_PORT": str(copy.port),
            "WIJKZORG_READY_FILE": str(ready),
        }
        if self._place.clock is not None:
            environment["WIJKZORG_CLOCK"] = format_moment(self._place.clock)
        with self._file(copy, "log").open("ab") as log:
            copy.process = subprocess.Popen(
                child_of_this(signal.SIGTERM, [sys.executable, "-m", f"services.{copy.service}.app"]),
                env=environment,
                cwd=Path(__file__).resolve().parents[1],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _file(self, copy: Copy, kind: str) -> Path:
        return self._place.data_dir / f"{copy.name}.{kind}"

    def _address(self, copy: Copy) -> str:
        deadline = time.monotonic() + START_SECONDS_MAX
        ready, lacks = self._file(copy, "url"), ""
        while time.monotonic() < deadline:
            if copy.process is None or copy.process.poll() is not None:
                raise CommandError(f"{copy.name} stopped at once: {self._last_words(copy)}")
            if ready.exists() and (url := ready.read_text(encoding="utf-8").strip()):
                lacks = _lacks(url)
                if not lacks:
                    return url
            time.sleep(POLL_SECONDS)
        raise CommandError(
            f"{copy.name} was not ready within {START_SECONDS_MAX:.0f} s, and was stopped again. "
            f"{f'It says: {lacks} ' if lacks else ''}Its log: {self._file(copy, 'log')}"
        )

    def _last_words(self, copy: Copy) -> str:
        lines = self._file(copy, "log").read_text(encoding="utf-8", errors="replace").splitlines()
        last = lines[-1] if lines else "it said nothing"
        with suppress(ValueError, KeyError, TypeError):
            return str(json.loads(last)["event"])
        return last

    def stop(self) -> None:
        """Ask all to end, and wait until they have; one that does not is ended."""
        alive = [copy for copy in self.copies if copy.process is not None and copy.process.poll() is None]
        for copy in alive:
            assert copy.process is not None  # noqa: S101 - said above, for the type checker
            copy.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for copy in alive:
            assert copy.process is not None  # noqa: S101
            try:
                copy.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                console.print(f"{copy.name} did not stop in time and was ended")
                copy.process.kill()
                copy.process.wait()


def _lacks(url: str) -> str:
    """What a service says it is not ready for; empty where it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own service
            return ""
    except urllib.error.HTTPError as error:
        with error, suppress(ValueError, KeyError, TypeError):
            return str(json.loads(error.read())["detail"])
        return f"{error.code} {error.reason}."
    except OSError as error:
        return f"{type(error).__name__}."


def _kept(data_dir: Path) -> bool:
    """Whether whoever keeps this folder's Kafka and PostgreSQL still does, where those are used."""
    if named_kafka() and named_postgres():
        return True
    try:
        os.kill(local_state.read(data_dir)["keeper_pid"], 0)
    except (KeyError, OSError):
        return False
    return True
