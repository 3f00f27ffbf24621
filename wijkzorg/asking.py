"""Asking a service over HTTP, for commands: an answer, or a sentence that says why there is none."""

from typing import Any

import httpx

from wijkzorg.common import CommandError

TIMEOUT_SECONDS = 300
FILE = {"Content-Type": "application/yaml"}


class RefusalError(CommandError):
    """A service does not do what was asked, and says why."""


def ask(method: str, url: str, body: dict[str, Any] | bytes | None = None) -> dict[str, Any]:
    """What a service answers; a body of bytes is a file. Raises CommandError with what it says is wrong, or where it does not answer."""
    try:
        if isinstance(body, bytes):
            answer = httpx.request(method, url, content=body, headers=FILE, timeout=TIMEOUT_SECONDS)
        else:
            answer = httpx.request(method, url, json=body, timeout=TIMEOUT_SECONDS)
    except httpx.TransportError as error:
        raise CommandError(
            f"{url} does not answer ({type(error).__name__}). Nothing was changed by this call as far as is known; "
            "the same call may be repeated."
        ) from None
    if answer.is_success:
        found: dict[str, Any] = answer.json()
        return found
    raise RefusalError(f"The service refuses: {_why(answer)} Nothing was changed.")


def fetch(url: str) -> bytes:
    """The bytes of a file that a service keeps. Raises CommandError as `ask` does."""
    try:
        answer = httpx.get(url, timeout=TIMEOUT_SECONDS)
    except httpx.TransportError as error:
        raise CommandError(
            f"{url} does not answer ({type(error).__name__}). It is kept there; ask again."
        ) from None
    if answer.is_success:
        return answer.content
    raise CommandError(f"The service refuses: {_why(answer)} Nothing was changed.")


def _why(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return " ".join([one["uitleg"] for one in problem.get("errors", [])] or [str(problem["detail"])])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}."
