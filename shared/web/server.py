"""The HTTP server of a service. It listens before anything else is there, to say what the service waits for."""

import asyncio
import socket
from contextlib import nullcontext

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.messaging.delivery import FatalError
from shared.web.problem import response

BACKLOG = 512
CUT_OFF_SECONDS_MAX = 1.0
CUT_OFF = "De dienst stopt. Het is niet zeker of uw vraag is uitgevoerd: kijk dat na, of stel haar opnieuw met dezelfde id's."


class Server:
    """Serves an application from `listen` on, until `close`."""

    def __init__(self, app: FastAPI, root_path: str) -> None:
        self._app, self._root_path = app, root_path
        self._server: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    def listen(self, host: str, port: int) -> str:
        """Begin to answer; the address. Raises FatalError where the port cannot be used."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            raise FatalError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Nothing was started. "
                "End what uses it, or choose another port with WIJKZORG_HTTP_PORT (0: any free one)."
            ) from None
        config = uvicorn.Config(
            CutOff(self._app),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=int(CUT_OFF_SECONDS_MAX),
            root_path=self._root_path,
        )
        self._server = _Uvicorn(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        host, port = listener.getsockname()[:2]
        return f"http://{host}:{port}"

    async def close(self) -> None:
        """Answer what was asked, and nothing more."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving


class CutOff:
    """Middleware: who asked something that the server cannot wait for when it stops is told so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or say that it was cut off if nothing has been said yet."""
        is_answered = False

        async def noting(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            if scope["type"] == "http" and not is_answered:
                await response(503, CUT_OFF)(scope, receive, send)
            raise


class _Uvicorn(uvicorn.Server):
    """Signals are FastStream's business."""

    def capture_signals(self) -> "nullcontext[None]":  # type: ignore[override]
        return nullcontext()
