"""HEAD on the real server: it counts the bytes of an answer itself."""

from __future__ import annotations

import logging
import socket
import threading

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.middleware.head import HeadAsGet


def test_head_is_answered_as_get_without_the_body_and_without_an_error(caplog: pytest.LogCaptureFixture) -> None:
    app = HeadAsGet(Starlette(routes=[Route("/", lambda _: PlainTextResponse("twelve bytes"))]))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with caplog.at_level(logging.ERROR), httpx.Client() as client:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            answer = client.head(url)
            again = client.get(url)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "12", b"")
    assert again.content == b"twelve bytes"
    assert not caplog.records
