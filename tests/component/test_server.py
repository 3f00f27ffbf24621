"""The HTTP server of a service, as it stops."""

import asyncio

import httpx
from fastapi import FastAPI

from shared.web.server import CUT_OFF, Server


async def test_who_is_cut_off_when_it_stops_is_told_so() -> None:
    app, is_asked, never = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/")
    async def _slow() -> None:
        is_asked.set()
        await never.wait()

    server = Server(app, "")
    async with httpx.AsyncClient(base_url=server.listen("127.0.0.1", 0), timeout=60) as client:
        asking = asyncio.create_task(client.get("/"))
        await is_asked.wait()
        await server.close()
        answer = await asking
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["detail"] == CUT_OFF
