"""Every request is a span of a trace: the caller's by its `traceparent`, or a new one."""

import logging

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.telemetry import traced

log = logging.getLogger("wijkzorg.web")


class TraceMiddleware:
    """Let the log lines and the events of a request carry its trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request within its trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with traced(Headers(scope=scope).get("traceparent")):
            try:
                await self._app(scope, receive, send)
            except Exception:
                log.exception("a request could not be answered: %s %s", scope["method"], _address(scope))
                raise


def _address(scope: Scope) -> str:
    """What was asked, without whom it was about."""
    return str(getattr(scope.get("route"), "path", "an address that is none"))
