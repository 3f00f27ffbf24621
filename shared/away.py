"""A Kafka or PostgreSQL that is away, full or refuses a service: what that is in words, and how it is waited for."""

import asyncio
import logging
from typing import NamedTuple

import asyncpg
from aiokafka.errors import KafkaError

from shared import db

FIRST_DELAY_SECONDS = 0.2
REFUSED_DELAY_SECONDS_MAX = 10.0
"""How long at most is waited for what a person must mend: asking more often helps nobody."""
SAY_AGAIN_SECONDS = 10.0
log = logging.getLogger("wijkzorg.away")


class Away(NamedTuple):
    """What is the matter, what a person can do about it (nothing, where waiting is enough), and the same in Dutch."""

    what: str
    remedy: str
    wat: str


KAFKA = Away("Kafka does not answer", "", "Kafka antwoordt niet")
POSTGRESQL = Away("PostgreSQL does not answer", "", "PostgreSQL antwoordt niet")
OF_POSTGRESQL: list[tuple[type[asyncpg.PostgresError], Away]] = [
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        Away(
            "PostgreSQL refuses the user or the password of this service",
            "Mend the file of its secret, which is read anew; or mend WIJKZORG_DATABASE_DSN and start it again.",
            "PostgreSQL weigert de gebruiker of het wachtwoord van deze dienst",
        ),
    ),
    (
        asyncpg.InvalidCatalogNameError,
        Away(
            "the database of this service does not exist",
            "Make or restore it; or mend the name in WIJKZORG_DATABASE_DSN and start it again.",
            "De database van deze dienst bestaat niet",
        ),
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        Away(
            "PostgreSQL does not give this service the rights it needs",
            "Give its role all rights in its own database.",
            "PostgreSQL geeft deze dienst te weinig rechten",
        ),
    ),
    (
        asyncpg.DiskFullError,
        Away("the disk of PostgreSQL is full", "Make room.", "De schijf van PostgreSQL is vol"),
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        Away(
            "PostgreSQL takes no changes now",
            "Let it be written to again, or name the one that is.",
            "PostgreSQL neemt nu geen wijzigingen aan",
        ),
    ),
    (
        asyncpg.TooManyConnectionsError,
        Away(
            "PostgreSQL has no connection left",
            "Raise max_connections, or run fewer copies.",
            "PostgreSQL heeft geen verbinding meer over",
        ),
    ),
    (
        asyncpg.CannotConnectNowError,
        Away("PostgreSQL is starting or stopping", "", "PostgreSQL start of stopt"),
    ),
]


def is_away(error: BaseException) -> bool:
    """Whether the same work may succeed later: it is Kafka or the database that does not answer, or not yet."""
    return db.is_waitable(error) or isinstance(error, KafkaError)


def of(error: BaseException) -> Away:
    """What an error for which `is_away` holds says of Kafka or PostgreSQL."""
    if isinstance(error, KafkaError):
        return KAFKA
    return next((away for kind, away in OF_POSTGRESQL if isinstance(error, kind)), POSTGRESQL)


def sentence(error: BaseException) -> str:
    """What is away, what was kept and what to do."""
    away = of(error)
    return (
        f"{away.what} ({type(error).__name__}). Nothing is lost: what was not finished is done again. "
        f"{away.remedy or 'See that it runs.'} This goes on by itself."
    )


class Patience:
    """How someone waits for what is away: longer each time, saying so at first and then every ten seconds."""

    def __init__(self, who: str, stopping: asyncio.Event) -> None:
        self.waits_for: Away | None = None
        self._who, self._stopping = who, stopping
        self._delay_seconds, self._said = FIRST_DELAY_SECONDS, 0.0

    async def wait(self, error: BaseException) -> None:
        """Wait a while, or until it is to stop."""
        away, now = of(error), asyncio.get_running_loop().time()
        if away != self.waits_for or now - self._said >= SAY_AGAIN_SECONDS:
            log.warning("%s waits: %s", self._who, sentence(error))
            self._said = now
        self.waits_for = away
        await db.sleep_or_stop(self._stopping, self._delay_seconds)
        delay_max = REFUSED_DELAY_SECONDS_MAX if away.remedy else db.BACKOFF_SECONDS_MAX
        self._delay_seconds = min(self._delay_seconds * 2, delay_max)

    def over(self) -> None:
        """What was waited for is back."""
        if self.waits_for is not None:
            log.info("%s goes on", self._who)
            self.waits_for, self._delay_seconds = None, FIRST_DELAY_SECONDS
