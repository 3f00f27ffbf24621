"""The HTTP server of a service. It listens before anything else is there, to say what the service waits for."""

import asyncio
import socket
from contextlib import nullcontext

import uvicorn
from fastapi import FastAPI

from shared.messaging.delivery import FatalError

BACKLOG = 512
CUT_OFF_SECONDS_MAX = 1.0


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
            self._app,
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


class _Uvicorn(uvicorn.Server):
    """Signals are FastStream's business."""

    def capture_signals(self) -> "nullcontext[None]":  # type: ignore[override]
        return nullcontext()
