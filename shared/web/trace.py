"""Every request is a span of a trace: the caller's by its `traceparent`, or a new one."""

import logging

from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.tracing import span

PROBES = ("/livez", "/readyz", "/metrics", "/v1/stand")
"""What is asked again and again by whoever watches, and is in no trace."""
FAILED = 500
log = logging.getLogger("wijkzorg.web")


class TraceMiddleware:
    """Let the log lines and the events of a request carry its trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request within its trace."""
        if scope["type"] != "http" or scope["path"].endswith(PROBES):
            await self._app(scope, receive, send)
            return
        with span("HTTP", Headers(scope=scope).get("traceparent"), kind=SpanKind.SERVER) as request:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _note(request, scope, message["status"])
                await send(message)

            try:
                await self._app(scope, receive, noting)
            except Exception:
                log.exception("a request could not be answered: %s %s", scope["method"], _address(scope))
                raise


def _note(request: Span, scope: Scope, status: int) -> None:
    """Say what was asked and how it ended, without whom it was about."""
    request.set_attribute("http.response.status_code", status)
    if (route := _route(scope)) is not None:
        request.update_name(f"{scope['method']} {route}")
        request.set_attributes({"http.request.method": scope["method"], "http.route": route})
    if status >= FAILED:
        request.set_status(StatusCode.ERROR)


def _address(scope: Scope) -> str:
    return _route(scope) or "an address that is none"


def _route(scope: Scope) -> str | None:
    path: str | None = getattr(scope.get("route"), "path", None)
    return path
