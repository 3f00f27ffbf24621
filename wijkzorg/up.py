"""`wijkzorg up`: Kafka, PostgreSQL and every service there is, on this machine, until Ctrl-C."""

import asyncio
import os
import signal
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from shared.contracts.types import format_moment
from shared.messaging import topics
from wijkzorg import databases, state
from wijkzorg.common import (
    AsJson,
    CommandError,
    DataDir,
    backends,
    console,
    named_kafka,
    prefix,
    say,
)
from wijkzorg.processes import POLL_SECONDS, Place, Processes, port_fault, running, service_ports

COPIES_MAX = 16
CLOCK_SETTING = "WIJKZORG_CLOCK"
Host = Annotated[str, typer.Option(help="the address on which services listen")]
Copies = Annotated[int, typer.Option(min=1, max=COPIES_MAX, help="how many copies of every service")]


FreePorts = Annotated[bool, typer.Option("--free-ports", help="any free port for each service")]


def up(
    data_dir: DataDir,
    only: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SERVICE]...", help="only these services; all if none is named"),
    ] = None,
    host: Host = "127.0.0.1",
    copies: Copies = 1,
    free_ports: FreePorts = False,
    as_json: AsJson = False,
) -> None:
    """Start Kafka, PostgreSQL and the services; stop them, with everything kept, on Ctrl-C or SIGTERM."""
    ports = {name: 0 if free_ports else port for name, port in _chosen(only or ()).items()}
    with suppress(KeyboardInterrupt), alone(data_dir):
        for name, port in ports.items():
            if fault := port_fault(host, port):
                raise CommandError(
                    f"Port {port} on {host}, for {name}, cannot be used ({fault}). Nothing was started. "
                    "End what uses it (perhaps another `wijkzorg up`), or start with --free-ports."
                )
        if demo := state.read_demo(data_dir):
            moment = format_moment(demo.clock)
            console.print(
                f"This folder holds a demo: its services' clock stands at {moment}, unless {CLOCK_SETTING} says otherwise.",
                soft_wrap=True,
            )
        with everything(data_dir, host, ports, copies) as (processes, kafka):
            _say_where(data_dir, processes.urls, kafka, as_json=as_json)
            while True:
                processes.watch()
                time.sleep(POLL_SECONDS)


def _chosen(only: Collection[str]) -> dict[str, int]:
    """The services that are named, or all there are, each with its port."""
    there = service_ports()
    if unknown := [name for name in only if name not in there]:
        raise CommandError(
            f"There is no service {', '.join(unknown)}. Nothing was started. There are {', '.join(there)}."
        )
    return {name: port for name, port in there.items() if not only or name in only}


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Be the only one that runs services from a data folder; SIGTERM ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with state.alone(data_dir):
            yield
    except state.AlreadyRunsError:
        raise CommandError(
            f"Wijkzorg already runs from {data_dir}. Nothing was started. "
            "See it with `wijkzorg status`, end it first, or give another --data-dir."
        ) from None


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def everything(
    data_dir: Path, host: str, ports: Mapping[str, int], copies: int
) -> Iterator[tuple[Processes, str]]:
    """All services on the Kafka and PostgreSQL of a data folder; and that Kafka's bootstrap servers."""
    environment = prefix()
    demo = state.read_demo(data_dir)
    clock = demo.clock if demo and not os.environ.get(CLOCK_SETTING) else None
    if clock:
        console.print(
            f"This folder holds a demo, so the services' clock stands at {format_moment(clock)}.",
            soft_wrap=True,
        )
    with backends(data_dir) as found:
        if kafka := named_kafka():
            asyncio.run(
                topics.existing(kafka)
            )  # whether it answers; one of the data folder has done so already
        dsns = asyncio.run(databases.prepare(found.postgres_dsn, environment, _passwords(data_dir, ports)))
        place = Place(data_dir, found.kafka_bootstrap_servers, dsns, host, clock)
        with running(place, ports, copies) as processes:
            state.write(data_dir, processes.urls, found.kafka_bootstrap_servers)
            yield processes, found.kafka_bootstrap_servers


def _passwords(data_dir: Path, names: Iterable[str]) -> dict[str, str]:
    files = {name: data_dir / f"{name}.password" for name in names}
    for file in files.values():
        databases.make_password(file)
    return {name: databases.password_in(file) for name, file in files.items()}


def _say_where(data_dir: Path, urls: Mapping[str, str], kafka: str, *, as_json: bool) -> None:
    listing = "\n".join(f"  {name:10} {url}" for name, url in urls.items())
    say(
        {"services": urls, "kafka": kafka, "dataDir": str(data_dir)},
        f"Wijkzorg runs:\n{listing}\n  kafka      {kafka}\nCtrl-C stops it; data stay in {data_dir}.",
        as_json=as_json,
    )
