"""A server on this machine that speaks OpenAI's wire format and fails on demand: the real client talks to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

MODERATIONS, COMPLETIONS = "/v1/moderations", "/v1/chat/completions"
SCORES = {
    "harassment": 0.001,
    "harassment/threatening": 0.001,
    "hate": 0.001,
    "hate/threatening": 0.001,
    "illicit": 0.001,
    "illicit/violent": 0.001,
    "self-harm": 0.001,
    "self-harm/intent": 0.001,
    "self-harm/instructions": 0.001,
    "sexual": 0.001,
    "sexual/minors": 0.001,
    "violence": 0.6,
    "violence/graphic": 0.01,
}
FITS = {"fits_category": True, "fitting_category": "weapon", "confidence": 0.97, "suspicious": False, "tags": ["검"]}


@dataclass
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Provider:
    """`replies` by path; the calls that came, in order."""

    url: str
    replies: dict[str, Reply] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def moderates(self, scores: dict[str, float] | None = None, *, flags: dict[str, bool] | None = None) -> None:
        merged = SCORES | (scores or {})
        categories = dict.fromkeys(merged, False) | (flags or {})
        result = {
            "flagged": any(categories.values()),
            "categories": categories,
            "category_scores": merged,
            "category_applied_input_types": {name: ["text"] for name in merged},
        }
        self.reply(MODERATIONS, {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]})

    def answers(self, content: object, *, finish_reason: str = "stop", refusal: str | None = None) -> None:
        text = content if isinstance(content, str) or content is None else json.dumps(content, ensure_ascii=False)
        message: dict[str, object] = {"role": "assistant", "content": text, "refusal": refusal, "annotations": []}
        self.reply(
            COMPLETIONS,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_790_000_000,
                "model": "gpt-4o-mini",
                "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
                "usage": {"prompt_tokens": 400, "completion_tokens": 50, "total_tokens": 450},
            },
        )

    def reply(self, path: str, body: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.replies[path] = Reply(raw, status, headers or {})

    def hang(self, path: str) -> None:
        self.replies[path] = Reply(b"", hangs=True)

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.calls]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: Provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        provider = self.server.provider
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        provider.calls.append(Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        reply = provider.replies[self.path]
        if reply.hangs:
            provider.closing.wait()
            return
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the calls are recorded."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Answers that approve a weapon, until a test says otherwise."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.provider = Provider(f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.provider.moderates()
    server.provider.answers(FITS)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.provider
    server.provider.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()
