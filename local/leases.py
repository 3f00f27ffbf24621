"""The keeper's side of a lease: an open connection, which the system closes however its holder ends."""

import asyncio
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from local.state import SOCKET_FOLDER_PREFIX


class Leases:
    """Everyone who now needs Kafka and PostgreSQL, and what to tell them."""

    def __init__(self) -> None:
        self._holders: set[asyncio.StreamWriter] = set()
        self._said = b""
        self._changed = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one holder until its connection closes."""
        self._holders.add(writer)
        self._changed.set()
        writer.write(self._said)
        try:
            await reader.read()
        except OSError:
            pass
        finally:
            self._holders.discard(writer)
            self._changed.set()
            writer.close()

    def announce(self, message: dict[str, str]) -> None:
        """Tell every holder, and everyone who comes later."""
        line = json.dumps(message).encode() + b"\n"
        self._said += line
        for holder in self._holders:
            holder.write(line)

    async def all_gone(self, linger_seconds: float) -> None:
        """Return when nobody has held a lease for so long."""
        while True:
            self._changed.clear()
            wait = None if self._holders else linger_seconds
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                return

    @asynccontextmanager
    async def listening(self, first: socket.socket) -> AsyncIterator[Path]:
        """Take in whoever connects, beginning with `first`; yields the socket's path.

        The socket lies in a short folder of its own, because its path may be no longer than some 100 characters.
        """
        folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX))
        try:
            server = await asyncio.start_unix_server(self.serve, folder / "keeper")
            async with server:
                opening = asyncio.ensure_future(self.serve(*await asyncio.open_connection(sock=first)))
                try:
                    yield folder / "keeper"
                finally:
                    server.close()
                    for holder in self._holders:
                        holder.close()
                    await opening
        finally:
            shutil.rmtree(folder, ignore_errors=True)
