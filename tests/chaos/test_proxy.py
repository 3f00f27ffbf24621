"""What a fault of the network does to what passes."""

import asyncio

from tests.process import eventually
from tests.proxy import Proxy

SILENT_SECONDS = 0.3


async def test_on_a_way_that_is_silent_nothing_passes_and_nobody_is_told_and_then_all_of_it_does() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(100):
            writer.write(said)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(f"127.0.0.1:{server.sockets[0].getsockname()[1]}") as way:
        reader, writer = await asyncio.open_connection(way.host, way.port)
        way.freeze()
        writer.write(b"before")
        late, late_writer = await asyncio.open_connection(way.host, way.port)
        late_writer.write(b"while")
        answers = {asyncio.create_task(reader.readexactly(6)), asyncio.create_task(late.readexactly(5))}
        assert not (await asyncio.wait(answers, timeout=SILENT_SECONDS))[0]

        async def both_wait() -> bool:
            return way.held_up == 2

        await eventually(both_wait, "both to have been held up")
        way.thaw()
        assert set(await asyncio.gather(*answers)) == {b"before", b"while"}
        assert way.ended == 0
        for one in (writer, late_writer):
            one.close()
            await one.wait_closed()

        async def both_ended() -> bool:
            return not way.connections

        await eventually(both_ended, "both to have ended")
