"""`wijkzorg up`: Kafka, PostgreSQL and every service there is, on this machine, until Ctrl-C."""

import asyncio
import json
import os
import pkgutil
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import typer

import services
from local import Backends
from local.child import command as child_of_this
from wijkzorg.common import AsJson, CommandError, DataDir, backends, console, say

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
POLL_SECONDS = 0.1
STATE = "services.json"


def up(
    data_dir: DataDir,
    host: Annotated[str, typer.Option(help="the address on which services listen")] = "127.0.0.1",
    free_ports: Annotated[bool, typer.Option("--free-ports", help="any free port for each service")] = False,
    as_json: AsJson = False,
) -> None:
    """Start what is there; stop it, with everything kept, on Ctrl-C or SIGTERM."""
    ports = {name: 0 if free_ports else port for name, port in service_ports().items()}
    for name, port in ports.items():
        _check_port(name, host, port)
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt), backends(data_dir) as found:
        with _state(data_dir), _running(data_dir, found, host, ports) as (processes, urls):
            _write_state(data_dir, urls, found)
            listing = "\n".join(f"  {name:10} {url}" for name, url in urls.items())
            say(
                {"services": urls, "kafka": found.kafka_bootstrap_servers, "dataDir": str(data_dir)},
                f"Wijkzorg runs:\n{listing}\n  kafka      {found.kafka_bootstrap_servers}\nCtrl-C stops it; data stay in {data_dir}.",
                as_json=as_json,
            )
            _watch(processes)


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
def _state(data_dir: Path) -> Iterator[None]:
    try:
        yield
    finally:
        (data_dir / STATE).unlink(missing_ok=True)


def _write_state(data_dir: Path, urls: Mapping[str, str], found: Backends) -> None:
    state = {"services": urls, "kafka": found.kafka_bootstrap_servers, "pid": os.getpid()}
    temporary = data_dir / f"{STATE}.new"
    temporary.write_text(json.dumps(state), encoding="utf-8")
    temporary.replace(data_dir / STATE)


def read_state(data_dir: Path) -> dict[str, Any] | None:
    """What `up` says is running from this data folder, or None."""
    try:
        state: dict[str, Any] = json.loads((data_dir / STATE).read_text(encoding="utf-8"))
        os.kill(state["pid"], 0)
    except (OSError, ValueError):
        return None
    return state


@contextmanager
def _running(
    data_dir: Path, found: Backends, host: str, ports: Mapping[str, int]
) -> Iterator[tuple[dict[str, subprocess.Popen[bytes]], dict[str, str]]]:
    data_dir.mkdir(parents=True, exist_ok=True)
    dsns = asyncio.run(_databases(data_dir, found.postgres_dsn, list(ports)))
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, port in ports.items():
            processes[name] = start_service(
                data_dir, name, found.kafka_bootstrap_servers, dsns[name], host, port
            )
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
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310 - our own service
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def _last_words(data_dir: Path, name: str) -> str:
    lines = (data_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    last = lines[-1] if lines else "it said nothing"
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(last)["event"])
    return last


def _watch(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Wait for Ctrl-C; a service that ends by itself ends everything, with its reason."""
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                raise CommandError(
                    f"{name} ended with code {process.returncode}, so everything was stopped. Data are kept; "
                    f"the reason is at the end of {name}.log in the data folder."
                )
        time.sleep(POLL_SECONDS)


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


async def _databases(data_dir: Path, admin_dsn: str, names: list[str]) -> dict[str, str]:
    """A database and a role for each service, made once; their DSNs."""
    try:
        connection = await asyncpg.connect(admin_dsn, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandError(
            f"PostgreSQL refuses the address it was given ({error}). Nothing was started. "
            "Check WIJKZORG_POSTGRES_DSN: host, port, user, password and database."
        ) from None
    try:
        return {name: await _database(connection, data_dir, admin_dsn, name) for name in names}
    finally:
        await connection.close()


async def _database(connection: asyncpg.Connection, data_dir: Path, admin_dsn: str, name: str) -> str:
    role, password = f"wijkzorg_{name}", _password(data_dir, name)
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", role):
        await connection.execute(f"create role {role} login")
    await connection.execute(f"alter role {role} password '{password}'")
    if not await connection.fetchval("select exists (select from pg_database where datname = $1)", role):
        await connection.execute(f"create database {role} owner {role}")
        await connection.execute(f"revoke connect on database {role} from public")
    parts = urlsplit(admin_dsn)
    where = f"{role}:{quote(password)}@{parts.hostname}:{parts.port or 5432}"
    return urlunsplit((parts.scheme, where, f"/{role}", parts.query, ""))


def _password(data_dir: Path, name: str) -> str:
    file = data_dir / f"{name}.password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(24), encoding="utf-8")
    return file.read_text(encoding="utf-8")
