"""What commands share: the data folder, Kafka and PostgreSQL, and how they speak."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from platformdirs import user_data_path
from rich.console import Console

from local import Backends, lease
from shared.contracts.contract import Topic
from shared.messaging.topics import topic_name

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
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of sentences")]


def prefix() -> str:
    """The first part of every topic's name."""
    return os.environ.get("WIJKZORG_TOPIC_PREFIX", "wijkzorg")


def topic(of: Topic, agb: str | None = None) -> str:
    """The name of a topic in this environment."""
    return topic_name(prefix(), of, agb)


@contextmanager
def backends(data_dir: Path) -> Iterator[Backends]:
    """Kafka and PostgreSQL: those named in the environment, else those of the data folder, started if need be."""
    kafka, postgres = os.environ.get("KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("WIJKZORG_POSTGRES_DSN")
    if kafka and postgres:
        yield Backends(kafka, checked_dsn(postgres))
        return
    with lease(data_dir) as own:
        yield Backends(kafka or own.kafka_bootstrap_servers, checked_dsn(postgres or own.postgres_dsn))


@contextmanager
def kafka_of(data_dir: Path) -> Iterator[str]:
    """The bootstrap servers of Kafka: those of the environment, else of the data folder."""
    named = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if named:
        yield named
        return
    with lease(data_dir) as own:
        yield own.kafka_bootstrap_servers


def checked_dsn(dsn: str) -> str:
    """The DSN, if it is one of PostgreSQL."""
    try:
        parts = urlsplit(dsn)
        right = parts.scheme in ("postgresql", "postgres") and (parts.port or True)
    except ValueError:
        right = False
    if not right:
        raise CommandError(
            "WIJKZORG_POSTGRES_DSN is no address of a PostgreSQL database. Nothing was started. "
            "Write it as postgresql://user:password@host:port/database."
        )
    return dsn


def say(answer: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print the answer: one JSON object, or a sentence."""
    sys.stdout.write((json.dumps(answer, ensure_ascii=False) if as_json else sentence) + "\n")
    sys.stdout.flush()
