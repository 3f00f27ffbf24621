"""Every request is a span of a trace: the caller's by its `traceparent`, or a new one."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.telemetry import traced


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
            await self._app(scope, receive, send)
