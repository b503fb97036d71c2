from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from api.raw_urls import RawUrls, encoded

pytestmark = pytest.mark.anyio


def test_only_the_request_line_is_encoded() -> None:
    raw = "GET /s?q=검 HTTP/1.1\r\nCookie: 검\r\n\r\n검".encode()
    assert encoded(raw) == b"GET /s?q=%EA%B2%80 HTTP/1.1\r\n" + "Cookie: 검\r\n\r\n검".encode()


@pytest.mark.parametrize(
    "data", [b"", b"GET /s?q=a HTTP/1.1\r\n\r\n", "검".encode(), "GET 검".encode(), b"\x16\x03\x01"]
)
def test_what_needs_no_encoding_or_is_no_request_stays(data: bytes) -> None:
    assert encoded(data) == data


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive()).get("body", b"") if scope["method"] == "POST" else b""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["query_string"] + b"|" + body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=RawUrls, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve([listener]))
    yield int(listener.getsockname()[1])
    server.should_exit = True
    await task


async def test_bare_utf8_in_a_url_is_answered_again_and_again_on_one_connection(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write("GET /s?q=불타는+검 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        chunk = await reader.readuntil(b"0\r\n\r\n")
        assert b"q=%EB%B6%88%ED%83%80%EB%8A%94+%EA%B2%80|" in chunk
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_looks_like_a_request_is_left_alone(port: int) -> None:
    body = "GET /검 HTTP/1.1\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
    await writer.drain()
    writer.write(body)
    assert body in await reader.read()
    writer.close()
    await writer.wait_closed()
