"""The doors of the services: asked again while they are away, once and for all when they refuse."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

AWAY_SECONDS_MAX = 120.0
"""How long a service, or what it needs, may be away before the play stops, unless it is told otherwise."""
WAIT_SECONDS_FIRST, WAIT_SECONDS_MAX = 0.5, 1.0
REQUEST_SECONDS_MAX, REQUESTS_AT_ONCE = 20.0, 8
ALREADY = ("is al vastgelegd.", "zo staat de toewijzing al vast.")
"""How a service ends its refusal of what it was asked before."""
Answer = TypeVar("Answer")


class PlayError(Exception):
    """The play cannot go on; the message says what was asked and answered. What was played stays."""


async def until(
    question: Callable[[], Awaitable[Answer | None]], what: str, seconds_max: float = AWAY_SECONDS_MAX
) -> Answer:
    """Ask, ever more slowly, until there is an answer; PlayError where there is none for so long."""
    wait_seconds, loop = WAIT_SECONDS_FIRST, asyncio.get_running_loop()
    deadline = loop.time() + seconds_max
    while (answer := await question()) is None:
        if loop.time() > deadline:
            raise PlayError(
                f"Waited {seconds_max:.0f} s in vain for {what}. What was played stays; "
                "see whether all services run, and play again: it goes on from there."
            )
        await asyncio.sleep(wait_seconds)
        wait_seconds = min(wait_seconds * 1.5, WAIT_SECONDS_MAX)
    return answer


class Door:
    """The API of one service."""

    def __init__(
        self, http: httpx.AsyncClient, name: str, url: str, away_seconds_max: float = AWAY_SECONDS_MAX
    ) -> None:
        self._http, self.name, self._url = http, name, url.rstrip("/")
        self._away_seconds_max = away_seconds_max
        self._turn = asyncio.Semaphore(REQUESTS_AT_ONCE)

    async def post(self, path: str, body: Any, *, known_at: str | None = None) -> None:
        """Have something done. That it was done before is as good; PlayError where it is refused.

        `known_at` is an address that answers only once it was done, for what a service refuses for another reason then.
        """
        answer = await self._ask("POST", path, body)
        if answer.status_code == httpx.codes.CREATED or is_repeat(answer):
            return
        if known_at is None or not await self.knows(known_at):
            raise PlayError(f"{self.name} refused POST {path}: {answer.status_code} {answer.text[:1000]}")

    async def refuses(self, path: str, body: Any) -> None:
        """Ask what must be refused as wrong; PlayError where it is not."""
        answer = await self._ask("POST", path, body)
        if answer.status_code != httpx.codes.BAD_REQUEST:
            raise PlayError(f"{self.name} did not refuse a wrong POST {path}, but said {answer.status_code}")

    async def knows(self, path: str) -> bool:
        """Whether there is something at an address."""
        return (await self._ask("GET", path)).status_code == httpx.codes.OK

    async def wait_for(self, path: str) -> None:
        """Wait until there is something at an address."""

        async def found() -> bool | None:
            return await self.knows(path) or None

        await until(found, f"{self.name} to know GET {path}", self._away_seconds_max)

    async def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        async def answered() -> httpx.Response | None:
            try:
                async with self._turn:
                    answer = await self._http.request(method, self._url + path, json=body)
            except httpx.TransportError:
                return None
            return None if answer.is_server_error else answer

        return await until(answered, f"{self.name} to answer {method} {path}", self._away_seconds_max)


def is_repeat(answer: httpx.Response) -> bool:
    """Whether a service refuses only because it was asked the same before."""
    if answer.status_code != httpx.codes.BAD_REQUEST:
        return False
    errors = answer.json().get("errors", [])
    return bool(errors) and all(error["uitleg"].endswith(ALREADY) for error in errors)
