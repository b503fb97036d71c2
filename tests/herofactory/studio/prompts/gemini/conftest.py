"""A server on this machine that speaks Gemini's REST format and fails on demand: the real client talks to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

GOOD: dict[str, Any] = {
    "english": "burning dragon sword, curved steel blade, crimson, fiery glow",
    "negative": "text, watermark, blurry",
    "keywords": [{"category": "mood", "korean": "웅장한", "english": "epic"}],
    "untranslated": [],
}


@dataclass
class Reply:
    body: bytes
    status: int = 200
    hangs: bool = False


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Gemini:
    """`replies` are given in order, the last one for ever; the calls that came, in order."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def says(self, answer: object, *, finish: str = "STOP") -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        self.replies_with(
            {
                "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish}],
                "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 100, "thoughtsTokenCount": 20},
            }
        )

    def replies_with(self, body: object, status: int = 200) -> None:
        self.replies = [_reply(body, status)]

    def first(self, body: object, status: int) -> None:
        """Once, before what it says otherwise."""
        self.replies.insert(0, _reply(body, status))

    def hangs(self) -> None:
        self.replies = [Reply(b"", hangs=True)]


def _reply(body: object, status: int) -> Reply:
    return Reply(body if isinstance(body, bytes) else json.dumps(body).encode(), status)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gemini: Gemini

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        gemini = self.server.gemini
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        gemini.calls.append(Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        reply = gemini.replies.pop(0) if len(gemini.replies) > 1 else gemini.replies[0]
        if reply.hangs:
            gemini.closing.wait()
            return
        self.send_response(reply.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the calls are recorded."""


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    """Answers well until a test says otherwise."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.gemini = Gemini(f"http://127.0.0.1:{server.server_address[1]}")
    server.gemini.says(GOOD)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.gemini
    server.gemini.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()
