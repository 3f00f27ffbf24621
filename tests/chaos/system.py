"""The whole system under attack: four services in some copies, each with its own way to Kafka and to its database."""

import asyncio
import secrets
import signal
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import psutil

from tests.chaos.servers import Servers
from tests.harness import Copy, Wijkzorg
from tests.process import NO_TLS, POLL_SECONDS, eventually
from tests.proxy import Proxy

SERVICES = ("intake", "indicatie", "billing", "reporting")
SESSION_SECONDS = 6
ASK_SECONDS_MAX = 15.0
RECOVERY_SECONDS_MAX = 120.0
"""After so long a run goes on, and says that the system had not recovered: longer than the relay's role outlives its holder."""
SETTINGS: dict[str, Any] = {
    "WIJKZORG_CLOCK": None,
    "WIJKZORG_BATCH_RECORDS_MAX": "200",
    "WIJKZORG_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
    "WIJKZORG_SLUIT_MAANDEN": "false",
}


class System:
    """`async with`: servers and one copy of each service, reached by fixed addresses whichever copies there are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers = Servers(folder)
        self.kafka: dict[str, Proxy] = {}
        self.postgres: dict[str, Proxy] = {}
        self.doors: dict[str, Proxy] = {}
        self.fallen: list[str] = []
        """Copies that ended without being told to, each with what it said last."""
        self._stack = AsyncExitStack()
        self._roles: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.servers)
        where = urlsplit(self.servers.dsn)
        for name in SERVICES:
            self._roles[name] = await self._make_database(name)
            for ways, way in (
                (self.kafka, Proxy(self.servers.kafka_address, kafka=True)),
                (self.postgres, Proxy(f"{where.hostname}:{where.port}")),
                (self.doors, Proxy("127.0.0.1:1")),
            ):
                ways[name] = await self._stack.enter_async_context(way)
        self.wijkzorg = await self._stack.enter_async_context(
            Wijkzorg(self.servers.kafka_address, self._own_dsn, "chaos")
        )
        for name in SERVICES:
            await self.start(name)
        return self

    async def __aexit__(self, *_: object) -> None:
        for copy in self.wijkzorg.copies:
            copy.wake()
        await self._stack.aclose()

    async def _make_database(self, name: str) -> str:
        """A database that its service owns and is no superuser of; the role's DSN, straight to the server."""
        password = secrets.token_urlsafe(12)
        async with self.admin() as admin:
            await admin.execute(f"create role {name} login password '{password}'")
            await admin.execute(f"create database {name} owner {name}")
        where = urlsplit(self.servers.dsn)
        return urlunsplit(
            where._replace(netloc=f"{name}:{password}@{where.hostname}:{where.port}", path=f"/{name}")
        )

    def admin(self) -> "Admin":
        """A connection as superuser, for `async with`."""
        return Admin(self.servers.dsn)

    async def _own_dsn(self, name: str) -> str:
        return self._roles[name]

    def superuser_dsn(self, name: str) -> str:
        """The database of a service, as superuser."""
        return urlunsplit(urlsplit(self.servers.dsn)._replace(path=f"/{name}"))

    @property
    def services(self) -> dict[str, str]:
        """Where each service answers, whichever of its copies does."""
        return {name: f"http://{door.address}" for name, door in self.doors.items()}

    def running(self, name: str) -> Sequence[Copy]:
        """The copies of a service that have not ended."""
        return self.wijkzorg.running_of(name)

    async def start(self, name: str, *, ready: bool = True) -> Copy:
        """One more copy, through the ways of its service."""
        role = urlsplit(self._roles[name])
        own = role._replace(netloc=f"{role.username}:{role.password}@{self.postgres[name].address}")
        copy = await self.wijkzorg.start(
            name,
            ready=ready,
            WIJKZORG_DATABASE_DSN=urlunsplit(own),
            KAFKA_BOOTSTRAP_SERVERS=self.kafka[name].address,
            **SETTINGS,
        )
        self.doors[name].turn(copy.url.removeprefix("http://"))
        return copy

    async def end(self, copy: Copy, number: signal.Signals) -> None:
        """End a copy, and lead whoever comes to another one if there is one."""
        if copy.has_ended:
            self._note_fall(copy)
        copy.wake()
        copy.signal(number)
        await copy.ended()
        self.wijkzorg.copies.remove(copy)
        if others := self.running(copy.service):
            self.doors[copy.service].turn(others[-1].url.removeprefix("http://"))

    async def pick_up(self) -> None:
        """Note who ended by itself, and start it again, as whatever runs containers does."""
        for copy in [copy for copy in self.wijkzorg.copies if copy.has_ended]:
            self._note_fall(copy)
            self.wijkzorg.copies.remove(copy)
            if not self.running(copy.service):
                await self.start(copy.service, ready=False)

    def _note_fall(self, copy: Copy) -> None:
        said = [line for line in copy.log.read_text().splitlines() if '"error"' in line]
        self.fallen.append(f"{copy.service}: {said[-3:]}")

    @property
    def connections_to_kafka(self) -> int:
        """How many connections services have with Kafka now."""
        return sum(way.connections for way in self.kafka.values())

    @property
    def connections_to_postgresql(self) -> int:
        """How many connections services have with PostgreSQL now."""
        return sum(way.connections for way in self.postgres.values())

    def connections_of(self, copy: Copy) -> int:
        """How many connections a copy has with Kafka and PostgreSQL now."""
        ways = {self.kafka[copy.service].port, self.postgres[copy.service].port}
        try:
            there = psutil.Process(copy.process.pid).net_connections("tcp") if copy.process else []
        except psutil.NoSuchProcess:
            return 0
        return sum(one.status == psutil.CONN_ESTABLISHED and one.raddr.port in ways for one in there)

    async def end_sessions(self, name: str) -> int:
        """End what sessions a service has with PostgreSQL; how many."""
        async with self.admin() as admin:
            ended = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1"
            return len(await admin.fetch(ended, name))

    async def handled_by(self, name: str) -> int:
        """How many records a service has handled, by its database; told, where it reads none."""
        connection = await asyncpg.connect(self.superuser_dsn(name))
        try:
            handled = "select coalesce((select sum(next) from position), (select sum(next) from told), 0)"
            return int(await connection.fetchval(handled))
        finally:
            await connection.close()

    async def has_handled_more(self, name: str, before: int) -> bool:
        """Whether a service has handled any more than so many."""
        return await self.handled_by(name) > before

    async def recovered(self) -> float | None:
        """How many seconds pass until nothing waits in any service; None where that takes too long.

        They are asked in the order in which events flow, each until it says so once, so that what one still had to
        tell is handled by the next.
        """
        begun = time.monotonic()
        async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX, verify=NO_TLS) as client:
            for name in SERVICES:
                while not await self._is_up_to_date(client, name):
                    if time.monotonic() - begun > RECOVERY_SECONDS_MAX:
                        return None
                    await self.pick_up()
                    await asyncio.sleep(POLL_SECONDS)
        return time.monotonic() - begun

    async def _is_up_to_date(self, client: httpx.AsyncClient, name: str) -> bool:
        try:
            answer = await client.get(f"{self.services[name]}/v1/stand")
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK and bool(answer.json()["bij"])

    async def heal(self) -> None:
        """Everything there, awake and reachable, with one copy at least of each service."""
        await self.pick_up()
        for server in (self.servers.kafka, self.servers.postgres):
            server.thaw()
            await server.start()
        async with self.admin() as admin:
            for name in SERVICES:
                await admin.execute(f"alter role {name} connection limit -1")
        for name in SERVICES:
            for way in (self.kafka[name], self.postgres[name]):
                way.delay_seconds, way.commits_to_lose = 0.0, 0
                way.thaw()
                await way.mend()
            for copy in self.running(name):
                copy.wake()
            if not self.running(name):
                await self.start(name, ready=False)
        await asyncio.gather(*(self._is_well(copy) for name in SERVICES for copy in self.running(name)))

    async def _is_well(self, copy: Copy) -> None:
        await eventually(copy.is_ready, f"{copy.service} to be ready; its log: {copy.log}", 300)


class Admin:
    """A superuser's connection."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await asyncpg.connect(self._dsn)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
