"""A copy of a service as a real process, and how a test waits for something."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from local.child import command as child_of_this

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS_MAX = 120.0
NO_TLS = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # of itself each client reads every certificate of the world first
POLL_SECONDS = 0.05


async def eventually(
    question: Callable[[], Awaitable[Any]], what: str, seconds_max: float = WAIT_SECONDS_MAX
) -> Any:
    """Ask until the answer is true, and give it; fail after a while, naming what was waited for."""
    deadline = asyncio.get_running_loop().time() + seconds_max
    while True:
        answer = await question()
        if answer:
            return answer
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {seconds_max:.0f} s in vain for: {what}")
        await asyncio.sleep(POLL_SECONDS)


class Copy:
    """One copy of a service, as a process."""

    def __init__(
        self, service: str, environment: Mapping[str, str], folder: Path, number: int, tree: Path = ROOT
    ) -> None:
        self.service, self._tree = service, tree
        self._environment = dict(environment)
        self._ready, self.log = folder / f"{number}.url", folder / f"{number}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    async def start(self, *, ready: bool = True, waits: bool = True) -> Self:
        """Start it; wait until it is ready, or only until it listens, or not at all."""
        self._ready.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 - it outlives this loop
                child_of_this(signal.SIGKILL, [sys.executable, "-m", f"services.{self.service}.app"]),
                env=os.environ | self._environment | {"WIJKZORG_READY_FILE": str(self._ready)},
                cwd=self._tree,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if waits:
            await self.until(self._listens, "listen")
        if ready and waits:
            await self.until(self.is_ready, "be ready")
        return self

    async def until(self, question: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait until it does something; where it does not in time, say what it says of itself."""
        try:
            await eventually(question, f"{self.service} to {what}")
        except AssertionError as error:
            ready = (await self.get("/readyz")).text if self.url else "nothing"
            raise AssertionError(
                f"{error}; it answers {ready}; its log: {self.log.read_text()[-3000:]}"
            ) from None

    async def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"{self.service} ended: {self.log.read_text()[-3000:]}"
        if self._ready.exists():
            self.url = self._ready.read_text().strip()
        return bool(self.url and self._ready.exists())

    async def is_ready(self) -> bool:
        """Whether it says that it is ready."""
        return (await self.get("/readyz")).status_code == httpx.codes.OK

    async def get(self, path: str) -> httpx.Response:
        """Ask it something; a refused connection is an answer of status 503."""
        return await self._request("GET", path)

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Give it something; a refused connection is an answer of status 503."""
        return await self._request("POST", path, json=body)

    async def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, timeout=30, verify=NO_TLS) as client:
            try:
                return await client.request(method, path, **content)
            except httpx.TransportError:
                return httpx.Response(httpx.codes.SERVICE_UNAVAILABLE)

    @property
    def has_ended(self) -> bool:
        """Whether its process is no more."""
        return self.process is not None and self.process.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wake(self) -> None:
        """Let it go on, where it was frozen."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    async def ended(self, seconds_max: float = WAIT_SECONDS_MAX) -> int:
        """Wait until it ends by itself; its exit code."""
        process = self.process
        assert process is not None

        async def gone() -> bool:
            return process.poll() is not None

        await eventually(gone, f"{self.service} to end", seconds_max)
        assert process.returncode is not None
        return process.returncode
