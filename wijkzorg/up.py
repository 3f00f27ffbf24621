"""`wijkzorg up`: Kafka, PostgreSQL and every service there is, on this machine, until Ctrl-C."""

import asyncio
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

import services
from local import state as local_state
from local.child import command as child_of_this
from shared.messaging import topics
from wijkzorg import databases, state
from wijkzorg.common import (
    AsJson,
    CommandError,
    DataDir,
    backends,
    console,
    named_kafka,
    named_postgres,
    prefix,
    say,
)

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
POLL_SECONDS = 0.1


def up(
    data_dir: DataDir,
    host: Annotated[str, typer.Option(help="the address on which services listen")] = "127.0.0.1",
    free_ports: Annotated[bool, typer.Option("--free-ports", help="any free port for each service")] = False,
    as_json: AsJson = False,
) -> None:
    """Start Kafka, PostgreSQL and every service; stop them, with everything kept, on Ctrl-C or SIGTERM."""
    ports = {name: 0 if free_ports else port for name, port in service_ports().items()}
    environment = prefix()
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt), _alone(data_dir):
        for name, port in ports.items():
            _check_port(name, host, port)
        with backends(data_dir) as found:
            _check_kafka()
            dsns = asyncio.run(databases.prepare(data_dir, found.postgres_dsn, environment, ports))
            with _running(data_dir, found.kafka_bootstrap_servers, dsns, host, ports) as (processes, urls):
                state.write(data_dir, urls, found.kafka_bootstrap_servers)
                _say_where(data_dir, urls, found.kafka_bootstrap_servers, as_json=as_json)
                _watch(data_dir, processes)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    try:
        with state.alone(data_dir):
            yield
    except state.AlreadyRunsError:
        raise CommandError(
            f"Wijkzorg already runs from {data_dir}. Nothing was started. "
            "See it with `wijkzorg status`, end it first, or give another --data-dir."
        ) from None


def _say_where(data_dir: Path, urls: Mapping[str, str], kafka: str, *, as_json: bool) -> None:
    listing = "\n".join(f"  {name:10} {url}" for name, url in urls.items())
    say(
        {"services": urls, "kafka": kafka, "dataDir": str(data_dir)},
        f"Wijkzorg runs:\n{listing}\n  kafka      {kafka}\nCtrl-C stops it; data stay in {data_dir}.",
        as_json=as_json,
    )


def _check_kafka() -> None:
    """See whether the Kafka named in the environment answers; one of the data folder has done so already."""
    if kafka := named_kafka():
        asyncio.run(topics.existing(kafka))


def service_ports() -> dict[str, int]:
    """The services there are, each with the port it listens on unless told otherwise."""
    names = sorted(module.name for module in pkgutil.iter_modules(services.__path__))
    return {name: import_module(f"services.{name}.app").PORT for name in names}


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _check_port(name: str, host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host}, for {name}, cannot be used ({error.strerror}). Nothing was started. "
                "End what uses it (perhaps another `wijkzorg up`), or start with --free-ports."
            ) from None


@contextmanager
def _running(
    data_dir: Path, kafka: str, dsns: Mapping[str, str], host: str, ports: Mapping[str, int]
) -> Iterator[tuple[dict[str, subprocess.Popen[bytes]], dict[str, str]]]:
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, port in ports.items():
            processes[name] = start_service(data_dir, name, kafka, dsns[name], host, port)
        urls = {name: _address(data_dir, name, process) for name, process in processes.items()}
        yield processes, urls
    finally:
        _stop(processes)


def start_service(
    data_dir: Path, name: str, kafka: str, dsn: str, host: str, port: int
) -> subprocess.Popen[bytes]:
    """One service as a process of its own, which ends with this one; its log goes to the data folder."""
    ready = data_dir / f"{name}.url"
    ready.unlink(missing_ok=True)
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "WIJKZORG_DATABASE_DSN": dsn,
        "WIJKZORG_HTTP_HOST": host,
        "WIJKZORG_HTTP_PORT": str(port),
        "WIJKZORG_READY_FILE": str(ready),
    }
    with (data_dir / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            child_of_this(signal.SIGTERM, [sys.executable, "-m", f"services.{name}.app"]),
            env=environment,
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _address(data_dir: Path, name: str, process: subprocess.Popen[bytes]) -> str:
    """Wait until a service listens and has its database; its address."""
    deadline = time.monotonic() + START_SECONDS_MAX
    ready = data_dir / f"{name}.url"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandError(f"{name} stopped at once: {_last_words(data_dir, name)}")
        if ready.exists() and (url := ready.read_text(encoding="utf-8").strip()) and _answers(url):
            return url
        time.sleep(POLL_SECONDS)
    raise CommandError(
        f"{name} was not ready within {START_SECONDS_MAX:.0f} s, and was stopped again. Its log: {data_dir / name}.log"
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310 - our own service
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def _last_words(data_dir: Path, name: str) -> str:
    lines = (data_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    last = lines[-1] if lines else "it said nothing"
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(last)["event"])
    return last


def _watch(data_dir: Path, processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Wait for Ctrl-C; what ends by itself ends everything, with its reason."""
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                raise CommandError(
                    f"{name} ended with code {process.returncode}, so everything was stopped: "
                    f"{_last_words(data_dir, name)} Data are kept; its log is {data_dir / name}.log."
                )
        if not _kept(data_dir):
            raise CommandError(
                f"Kafka or PostgreSQL in {data_dir} has stopped, so everything was. Data are kept; start again."
            )
        time.sleep(POLL_SECONDS)


def _kept(data_dir: Path) -> bool:
    """Whether whoever keeps this folder's Kafka and PostgreSQL still does, where those are used."""
    if named_kafka() and named_postgres():
        return True
    try:
        os.kill(local_state.read(data_dir)["keeper_pid"], 0)
    except (KeyError, OSError):
        return False
    return True


def _stop(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for name, process in processes.items():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            console.print(f"{name} did not stop in time and was ended")
            process.kill()
            process.wait()
