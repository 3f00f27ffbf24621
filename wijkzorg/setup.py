"""`wijkzorg setup`: what a system needs once, before an orchestrator starts its services.

Two steps, as PostgreSQL itself needs a password before it starts, and the rest needs PostgreSQL. Again does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import asyncpg
import typer
from aiokafka.errors import KafkaError

from shared import db
from shared.away import Patience
from shared.contracts.contract import TOPICS
from shared.messaging import topics
from shared.settings import with_password
from wijkzorg import databases
from wijkzorg.common import AsJson, CommandError, named_kafka, named_postgres, prefix, say, service_names

app = typer.Typer(no_args_is_help=True)
WAIT_SECONDS = 120.0
REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)
FOR_EVERY_USER = 0o444
"""Each service runs as another user, who is shown its own folder alone."""
Answer = TypeVar("Answer")
SecretsDir = Annotated[
    Path,
    typer.Option(
        "--dir",
        "--secrets-dir",
        file_okay=False,
        help="where the passwords are: postgres/postgres_password, SERVICE/wijkzorg_database_password and grafana/grafana_password",
    ),
]


@app.command()
def secrets(folder: SecretsDir, as_json: AsJson = False) -> None:
    """Make the passwords that are not there yet: of PostgreSQL, of the database of each service, and of Grafana."""
    files = [
        of_postgres(folder),
        folder / "grafana" / "grafana_password",
        *(_of_service(folder, name) for name in service_names()),
    ]
    made = [str(file.relative_to(folder)) for file in files if databases.make_password(file, FOR_EVERY_USER)]
    kept = len(files) - len(made)
    say(
        {"gemaakt": made, "behouden": kept},
        f"{len(made)} passwords were made in {folder}; {kept} were there already, and stay.",
        as_json=as_json,
    )


def of_postgres(folder: Path) -> Path:
    """The file with the password of PostgreSQL itself."""
    return folder / "postgres" / "postgres_password"


def _of_service(folder: Path, service: str) -> Path:
    return folder / service / "wijkzorg_database_password"


@app.command()
def backends(
    folder: SecretsDir,
    wait: Annotated[
        float, typer.Option(min=1, help="how many seconds Kafka and PostgreSQL may take to answer")
    ] = WAIT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Give each service its role, its database and its topics; a password that was changed becomes that of its role."""
    kafka, dsn, environment = named_kafka(), named_postgres(), prefix()
    if not kafka or not dsn:
        raise CommandError(
            "This prepares a Kafka and a PostgreSQL that run already. Nothing was done. "
            "Name them in KAFKA_BOOTSTRAP_SERVERS and WIJKZORG_POSTGRES_DSN."
        )
    if urlsplit(dsn).password is None:
        dsn = with_password(dsn, databases.password_in(of_postgres(folder)))
    passwords = {name: databases.password_in(_of_service(folder, name)) for name in service_names()}
    made = asyncio.run(_prepare(kafka, dsn, environment, passwords, wait))
    names = [databases.name_of(environment, service) for service in passwords]
    say(
        {"databases": names, "topics": made},
        f"The roles and databases {', '.join(names)} are there; topics made: {', '.join(made) or 'none that was not'}.",
        as_json=as_json,
    )


async def _prepare(
    kafka: str, dsn: str, environment: str, passwords: dict[str, str], wait: float
) -> list[str]:
    """Wait until both answer, and have all there; the names of the topics that were made."""
    owned = [topic for topic in TOPICS if not topic.per_aanbieder]
    waits_for = "PostgreSQL (WIJKZORG_POSTGRES_DSN)"
    try:
        async with asyncio.timeout(wait):
            await _patiently(partial(_greet, dsn))
            await databases.prepare(dsn, environment, passwords)
            waits_for = "Kafka (KAFKA_BOOTSTRAP_SERVERS)"
            return await _patiently(partial(topics.declare, kafka, environment, owned))
    except TimeoutError:
        raise CommandError(
            f"{waits_for} did not answer within {wait:.0f} s. What was made before is kept. "
            "Give the same command again once it runs, or more time by --wait."
        ) from None


async def _patiently(question: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until there is an answer, and say for what that waits."""
    patience = Patience("setup", asyncio.Event())
    while True:
        try:
            return await question()
        except (KafkaError, *db.WAITABLE) as error:
            if isinstance(error, KafkaError) and not error.retriable:
                raise
            await patience.wait(error)


async def _greet(dsn: str) -> None:
    try:
        connection = await db.connect(dsn)
    except REFUSALS as error:
        raise CommandError(
            f"PostgreSQL refuses ({error}). Nothing was made. Check WIJKZORG_POSTGRES_DSN, and the password in "
            "postgres/postgres_password: it is that with which the database was first started."
        ) from None
    await connection.close()
