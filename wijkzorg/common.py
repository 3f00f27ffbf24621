"""What commands share: the data folder, Kafka and PostgreSQL, and how they speak."""

import json
import os
import pkgutil
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from platformdirs import user_data_path
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

import services
from local import Backends, lease
from shared.contracts.types import Naam
from shared.settings import bootstrap_servers
from wijkzorg import state

console = Console(stderr=True, highlight=False)


class CommandError(Exception):
    """A command cannot do what was asked: one sentence that says what happened, what was kept, what to do."""


def default_data_dir() -> Path:
    """Where data are kept unless told otherwise."""
    return user_data_path("wijkzorg")


DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="WIJKZORG_DATA_DIR",
        help="where Kafka and PostgreSQL keep their data on this machine",
        default_factory=default_data_dir,
        file_okay=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="URL",
        envvar="WIJKZORG_URL",
        help="the address under which the services stand, each under its name; without it those of the data folder",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of sentences")]


def prefix() -> str:
    """The first part of every topic's name: which environment this is, where several share a cluster."""
    text = os.environ.get("WIJKZORG_TOPIC_PREFIX", "wijkzorg")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", text):
        raise CommandError(
            "WIJKZORG_TOPIC_PREFIX is no prefix of topics. Nothing was done. "
            "Write it as 1 to 40 small letters, digits and hyphens, beginning with a letter."
        )
    return text


@contextmanager
def backends(data_dir: Path) -> Iterator[Backends]:
    """Kafka and PostgreSQL: those named in the environment, else those of the data folder, started if need be."""
    kafka, postgres = named_kafka(), named_postgres()
    if kafka and postgres:
        yield Backends(kafka, postgres)
        return
    with lease(data_dir) as own:
        yield Backends(kafka or own.kafka_bootstrap_servers, postgres or own.postgres_dsn)


@contextmanager
def kafka_of(data_dir: Path) -> Iterator[str]:
    """The bootstrap servers of Kafka: those of the environment, else of the data folder."""
    named = named_kafka()
    if named:
        yield named
        return
    if state.read(data_dir) is None:
        console.print(
            f"Wijkzorg does not run from {data_dir}: its Kafka is started for this command only. "
            "What is published is kept, and handled once `wijkzorg up` runs.",
            soft_wrap=True,
        )
    with lease(data_dir) as own:
        yield own.kafka_bootstrap_servers


def services_at(at: str | None, data_dir: Path) -> dict[str, str]:
    """The address of each service: under that of the whole, or as the `up` that runs from the data folder says."""
    if not at:
        found = state.read(data_dir)
        if found is None:
            raise CommandError(
                f"Nothing runs from {data_dir}. Start it with `wijkzorg up --data-dir {data_dir}`, "
                "or name by --at the address of a system that runs elsewhere."
            )
        return dict(found["services"])
    try:
        parts = urlsplit(at)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.username or parts.query or parts.fragment:
        raise CommandError(
            "--at (or WIJKZORG_URL) is no address under which services stand. Nothing was done. "
            "Write it as http://host:port, with a path after it if they stand under one."
        )
    return {name: f"{at.rstrip('/')}/{name}" for name in service_names()}


def service_names() -> list[str]:
    """The services there are."""
    return [module.name for module in pkgutil.iter_modules(services.__path__)]


def named_kafka() -> str | None:
    """The bootstrap servers in the environment, if any are named there."""
    text = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    try:
        return bootstrap_servers(text) if text else None
    except ValueError as error:
        raise CommandError(f"KAFKA_BOOTSTRAP_SERVERS is wrong: {error}. Nothing was done.") from None


def named_postgres() -> str | None:
    """The DSN of PostgreSQL in the environment, if one is named there."""
    dsn = os.environ.get("WIJKZORG_POSTGRES_DSN")
    if not dsn:
        return None
    try:
        parts = urlsplit(dsn)
        right = parts.scheme in ("postgresql", "postgres") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise CommandError(
            "WIJKZORG_POSTGRES_DSN is no address of a PostgreSQL database. Nothing was started. "
            "Write it as postgresql://user:password@host:port/database."
        )
    return dsn


def named(text: str | None) -> str | None:
    """Who acts, as the services take it. Raises typer.BadParameter where no name is in it."""
    try:
        return text and TypeAdapter(Naam).validate_python(text)
    except ValidationError:
        raise typer.BadParameter("this is no name; write one with letters, at most 100 characters") from None


def say(answer: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print the answer: one JSON object, or a sentence."""
    sys.stdout.write((json.dumps(answer, ensure_ascii=False) if as_json else sentence) + "\n")
    sys.stdout.flush()


def counted(number: int, thing: str) -> str:
    """So many of a thing, in English."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def euros(cent: int) -> str:
    """An amount of cents as people read it."""
    return f"€ {cent / 100:,.2f}"
