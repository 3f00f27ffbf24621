"""What a command does: hold a lease on the Kafka and PostgreSQL of a data folder."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from local import jars, state, warm, wheels
from local.errors import LocalError
from local.logs import last_line
from local.watch import Watch, read_line

FREE_BYTES_MIN = 300 * 1024**2
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Backends:
    """Where Kafka and PostgreSQL are, now that they answer."""

    kafka_bootstrap_servers: str
    postgres_dsn: str = field(repr=False)


@dataclass(frozen=True)
class Wish:
    """What a command asks of a keeper that it may have to start."""

    data_dir: Path
    kafka_port: int | None
    postgres_port: int | None
    durable: bool
    linger_seconds: float
    deadline: float

    def left(self) -> float:
        """How many seconds are left to wait, at least a very short one."""
        return max(0.001, self.deadline - time.monotonic())


class _NoAnswerError(Exception):
    """The keeper went away before it answered: it was just stopping, or it failed."""


def _join(data_dir: Path) -> socket.socket | None:
    """A connection to the keeper that runs now, if one does."""
    path = state.read(data_dir).get("socket")
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def _start(wish: Wish) -> socket.socket | None:
    """A new keeper and the first lease on it; None while another keeper has not yet gone."""
    with (wish.data_dir / "keeper.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        ours, theirs = socket.socketpair()
        with theirs, (wish.data_dir / "keeper.log").open("wb") as log:
            subprocess.run(
                _keeper_command(wish, lock.fileno(), theirs.fileno()),
                cwd=Path(__file__).resolve().parents[1],
                pass_fds=(lock.fileno(), theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C here must not reach what others may be using
                check=False,
            )
        return ours


def _keeper_command(wish: Wish, lock: int, lease: int) -> list[str]:
    asked = {"--kafka-port": wish.kafka_port, "--postgres-port": wish.postgres_port}
    return [
        *(sys.executable, "-m", "local.keeper", "--data-dir", str(wish.data_dir)),
        *(f"--lock-fd={lock}", f"--lease-fd={lease}", f"--linger-seconds={wish.linger_seconds}"),
        *([] if wish.durable else ["--no-durable"]),
        *[f"{option}={port}" for option, port in asked.items() if port is not None],
    ]


def _answer(connection: socket.socket, wish: Wish) -> Backends:
    """Wait until the keeper says where both are, or why not."""
    connection.settimeout(wish.left())
    try:
        line = read_line(connection)
    except TimeoutError as error:
        raise LocalError(_too_late(wish.data_dir)) from error
    except OSError as error:
        raise _NoAnswerError from error
    finally:
        connection.settimeout(None)
    if not line:
        raise _NoAnswerError
    said = json.loads(line)
    if "error" in said:
        raise LocalError(said["error"])
    return Backends(said["kafka"], said["postgres"])


def _too_late(data_dir: Path) -> str:
    said = "; ".join(f"{name}: {last_line(data_dir / name)}" for name in ("kafka.log", "postgres.log"))
    return f"Kafka and PostgreSQL in {data_dir} did not answer in time ({said}); try again with more time."


def _connect(wish: Wish) -> tuple[socket.socket, Backends]:
    """Join the keeper or start one, until one of the two works or the time is up."""
    prepared = False
    while time.monotonic() < wish.deadline:
        connection = _join(wish.data_dir)
        started = connection is None
        if started and not prepared:
            wish, prepared = _prepare(wish), True
        connection = connection or _start(wish)
        if connection is None:
            time.sleep(POLL_SECONDS)
            continue
        try:
            return connection, _answer(connection, wish)
        except _NoAnswerError:
            connection.close()
            if started:
                raise LocalError(_keeper_failed(wish.data_dir)) from None
        except BaseException:
            connection.close()
            raise
    raise LocalError(_too_late(wish.data_dir))


def _keeper_failed(data_dir: Path) -> str:
    log = data_dir / "keeper.log"
    return f"The keeper of {data_dir} ended before it answered ({last_line(log) or 'it said nothing'}); start again."


def _prepare(wish: Wish) -> Wish:
    """Have everything at hand that a start needs; the time that takes is not counted."""
    begun = time.monotonic()
    try:
        wheels.require_all()
        _require_space(wish.data_dir)
        jars.obtain()
        warm.rehearse()
    except OSError as error:
        raise LocalError(
            f"Kafka could not be prepared ({error}); make room or mend that, and start again."
        ) from error
    return replace(wish, deadline=wish.deadline + time.monotonic() - begun)


def _require_space(data_dir: Path) -> None:
    free = shutil.disk_usage(data_dir).free
    if free < FREE_BYTES_MIN:
        message = (
            f"Only {free // 1024**2} MB is free where {data_dir} lies and {FREE_BYTES_MIN // 1024**2} MB is needed; "
            "make room, or choose another --data-dir."
        )
        raise LocalError(message)


def _own(data_dir: Path) -> Path:
    """The data folder, made when it is not there, refused when it is another user's."""
    try:
        folder = data_dir.expanduser().resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = folder.stat().st_uid == os.geteuid() and os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise LocalError(
            f"The data folder {data_dir} cannot be made ({error.strerror}); choose another."
        ) from error
    if not usable:
        raise LocalError(
            f"The data folder {folder} is not yours to write; be its owner, or choose another --data-dir."
        )
    return folder


def _check_ports(backends: Backends, wish: Wish) -> None:
    has = {
        "Kafka": backends.kafka_bootstrap_servers,
        "PostgreSQL": backends.postgres_dsn.removesuffix("/postgres"),
    }
    for name, asked in (("Kafka", wish.kafka_port), ("PostgreSQL", wish.postgres_port)):
        port = has[name].rpartition(":")[2]
        if asked is not None and str(asked) != port:
            message = (
                f"{name} in {wish.data_dir} already runs on port {port}, not {asked}; "
                "stop the commands that use it, or do not ask for a port."
            )
            raise LocalError(message)


@contextmanager
def lease(
    data_dir: Path,
    *,
    kafka_port: int | None = None,
    postgres_port: int | None = None,
    start_timeout_seconds: float = 60,
    durable: bool = True,
    linger_seconds: float = 1,
) -> Iterator[Backends]:
    """Kafka and PostgreSQL for as long as the block runs, started if they do not run and shared if they do."""
    deadline = time.monotonic() + start_timeout_seconds
    wish = Wish(_own(data_dir), kafka_port, postgres_port, durable, linger_seconds, deadline)
    connection, backends = _connect(wish)
    watch = Watch(connection)
    watch.start()
    try:
        _check_ports(backends, wish)
        yield backends
    except Exception as error:
        if watch.reason:
            raise LocalError(watch.reason) from error
        raise
    finally:
        watch.close()


def running(data_dir: Path) -> Backends | None:
    """Where Kafka and PostgreSQL of this folder are, if they run; starts nothing."""
    folder = data_dir.expanduser().resolve()
    connection = _join(folder)
    if connection is None:
        return None
    with connection:
        try:
            return _answer(
                connection,
                Wish(folder, None, None, durable=True, linger_seconds=0, deadline=time.monotonic() + 1),
            )
        except (LocalError, _NoAnswerError):
            return None
