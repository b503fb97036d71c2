"""Endpoints, one by one, where the backend's tests do not already use them; and what may not come in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from comfy_bridge.client import ComfyClient
from comfy_bridge.endpoint import Endpoint
from comfy_bridge.limits import Limits
from comfy_bridge.wire import TooLarge, Unreachable
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import LIMITS, sketch

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def client(url: str, limits: Limits = LIMITS) -> AsyncIterator[ComfyClient]:
    client = ComfyClient(Endpoint.parse(url), limits)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def raw(reply: bytes) -> AsyncIterator[str]:
    """The address of something that answers everything with these bytes; with none it stays silent."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"content-length: " in head:
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        writer.write(reply)
        if not reply:
            await over.wait()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        over.set()
        await asyncio.sleep(0)


async def test_a_second_upload_of_other_bytes_gets_another_name(fake: FakeComfyUI) -> None:
    async with client(fake.url) as talking:
        names = [await talking.upload("in.png", data) for data in (sketch(), b"no picture", sketch())]
    assert names == ["in.png", "in (1).png", "in.png"]


async def test_what_anybody_may_know_of_a_server_is_read(fake: FakeComfyUI) -> None:
    async with client(fake.url) as talking:
        assert (await talking.stats())["devices"][0]["name"] == "cpu"
        assert await talking.node("NoSuchNode") is None
        assert (await talking.look("nobody's")).absent


async def test_a_reply_without_end_is_not_read_to_its_end() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"[" * 50_000
    async with raw(endless) as url, client(url, replace(LIMITS, json_bytes=10_000)) as talking:
        with pytest.raises(TooLarge):
            await talking.queue()


async def test_a_server_that_never_answers_is_unreachable() -> None:
    async with raw(b"") as url, client(url, replace(LIMITS, request_s=0.2)) as talking:
        with pytest.raises(Unreachable):
            await talking.queue()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}",
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
async def test_whatever_is_no_answer_of_comfyui_is_unreachable(reply: bytes) -> None:
    async with raw(reply) as url, client(url) as talking:
        with pytest.raises(Unreachable):
            await talking.queue()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_a_socket_that_is_sent_elsewhere_is_not_opened(reply: bytes) -> None:
    async with raw(reply) as url, client(url) as talking:
        assert not await talking.socket().open()


@pytest.mark.parametrize("name", ["", "a\nb.png", "x" * 300])
async def test_an_odd_name_of_an_upload_is_not_used(name: str) -> None:
    body = b'{"name": "%s"}' % name.replace("\n", "\\n").encode()
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    async with raw(reply) as url, client(url) as talking:
        with pytest.raises(Unreachable, match="gave no name"):
            await talking.upload("in.png", b"data")
