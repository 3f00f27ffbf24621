"""A TCP proxy that can be cut, slowed and turned: what stands between a service and whom it talks with."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65536
COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
"""How PostgreSQL answers a COMMIT that was done."""
Pipe = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Proxy:
    """Listens on a port of its own for `host:port`; while it is cut it refuses everyone, whoever was there is dropped.

    With `kafka` the answers of brokers name the proxy where they name themselves, so that nobody goes round it.
    """

    def __init__(self, address: str, *, kafka: bool = False) -> None:
        self.host, _, port = address.rpartition(":")
        self._target, self._kafka = int(port), kafka
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self.port = 0
        self.delay_seconds = 0.0
        """How long everything takes that passes, either way."""
        self.commits_to_lose = 0
        """Of how many COMMITs that are done the answer will yet be lost, and its connection with it."""
        self.keeps_ends = False
        """Whether who is left does not hear that the other side has gone."""
        self.ended = 0
        """How many connections have ended at one side or both."""
        self.names_controller = True
        """Whether Kafka's answers say who makes topics, which one that has hardly started does not know."""
        self.held_up = 0
        """How many pieces of what passed had to wait: for `delay_seconds`, or to be thawed."""

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._writers) // 2

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Listen, again on the same port; nothing where it does."""
        if self._server is not None and self._server.is_serving():
            return
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def turn(self, address: str) -> None:
        """Lead whoever comes from now on to another address on the same host."""
        self._target = int(address.rpartition(":")[2])

    def freeze(self) -> None:
        """Keep every connection, and take new ones, and pass nothing on."""
        self._passes.clear()

    def thaw(self) -> None:
        """Pass on what was held, and go on."""
        self._passes.set()

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, answer = await asyncio.open_connection(self.host, self._target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, answer}
        self._writers |= ends
        pipes = [
            asyncio.create_task(self._bytes(reader, answer)),
            asyncio.create_task(self._answers(there, writer)),
        ]
        await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        self.ended += 1
        if self.keeps_ends:
            await asyncio.wait(pipes)
        for end in ends:
            end.transport.abort()
        await asyncio.gather(*pipes, return_exceptions=True)
        self._writers -= ends

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (self._frames if self._kafka else self._bytes)(reader, writer)

    async def _bytes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._may_pass()
                if self.commits_to_lose and COMMITTED in chunk:
                    self.commits_to_lose -= 1
                    return
                writer.write(chunk)
                await writer.drain()

    async def _may_pass(self) -> None:
        self.held_up += not self._passes.is_set() or self.delay_seconds > 0
        await self._passes.wait()
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)

    async def _frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Kafka's answers, each whole; an address in one is its host's name and four bytes of port."""
        there, here = (self.host.encode() + port.to_bytes(4) for port in (self._target, self.port))
        # Behind the only broker, without a rack, stand the cluster's name and the number of the controller.
        controller = re.compile(re.escape(here) + rb"(\xff\xff\x00\x16.{22})\x00\x00\x00.", re.DOTALL)
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                length = await reader.readexactly(4)
                frame = await reader.readexactly(int.from_bytes(length))
                await self._may_pass()
                frame = frame.replace(there, here)
                if not self.names_controller:
                    frame = controller.sub(lambda found: here + found[1] + b"\xff\xff\xff\xff", frame)
                writer.write(length + frame)
                await writer.drain()
