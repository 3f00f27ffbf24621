"""What passes between a service and PostgreSQL, counted where it passes: also what no logger of statements sees."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from tests.proxy import Proxy

HEAD_BYTES = 5
DONE, READY = b"C", b"Z"
"""How PostgreSQL begins to say that a statement is done, and that it may be asked again."""


class Wire(Proxy):
    """A way to PostgreSQL that counts what it answers.

    `statements`: those that were done, COPY, BEGIN and COMMIT too. `round_trips`: how often it was waited for.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.statements = self.round_trips = 0

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(HEAD_BYTES)
                length = int.from_bytes(head[1:])
                self.statements += head[:1] == DONE
                self.round_trips += head[:1] == READY
                writer.write(head + await reader.readexactly(length + 1 - HEAD_BYTES))
                await writer.drain()


@asynccontextmanager
async def wire_to(dsn: str) -> AsyncIterator[tuple[Wire, str]]:
    """Such a way to this database, and the address to go by; without TLS, whose first answer is of another form."""
    where = urlsplit(dsn)
    async with Wire(f"{where.hostname}:{where.port}") as wire:
        netloc = f"{where.netloc.rpartition('@')[0]}@{wire.address}"
        yield wire, urlunsplit(where._replace(netloc=netloc, query="sslmode=disable"))
