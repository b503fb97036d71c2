"""The proxy that cuts, before an echo."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import pytest

from tests.stack.cutting import Cutter, cutter
from tests.stack.ports import HOST, free_port

pytestmark = [pytest.mark.stack, pytest.mark.anyio]
PATIENCE_S = 10.0
Ends = tuple[Cutter, asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected() -> AsyncIterator[Ends]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError), closing(writer):
            while data := await reader.read(100):
                writer.write(data)

    port = free_port()
    server = await asyncio.start_server(echo, HOST, port)
    with cutter(port) as one:
        reader, writer = await asyncio.open_connection(HOST, one.port)
        with closing(writer):
            writer.write(b"hello")
            async with asyncio.timeout(PATIENCE_S):
                assert await reader.readexactly(5) == b"hello"
                yield one, reader, writer
    server.close()
    await server.wait_closed()


async def test_what_is_cut_is_reset_and_a_new_connection_works() -> None:
    async with connected() as (one, reader, _):
        one.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        again, writer = await asyncio.open_connection(HOST, one.port)
        writer.write(b"x")
        assert await again.readexactly(1) == b"x"
        writer.close()


async def test_half_closed_the_server_has_no_more_to_say() -> None:
    async with connected() as (one, reader, _):
        one.half_close()
        assert await reader.read(1) == b""


async def test_unplugged_nothing_arrives_until_it_is_mended_and_nothing_is_lost() -> None:
    async with connected() as (one, reader, writer):
        one.stall()
        await asyncio.sleep(0.1)
        writer.write(b"later")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        one.mend()
        assert await reader.readexactly(5) == b"later"


async def test_far_away_every_piece_takes_its_time() -> None:
    async with connected() as (one, reader, writer):
        one.delay(0.2)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        writer.write(b"slow")
        assert await reader.readexactly(4) == b"slow"
        assert time.monotonic() - began >= 0.4, "there and back"
