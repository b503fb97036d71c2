"""A stand-in for a remote moderation provider on this machine: speaks OpenAI's format and takes its time.

Each item costs two calls, so both sides wait the same 300 ms: one call here takes half of that.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CALL_S = 0.15
_CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"),
    *("self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"),
)
_FITS = {"fits_category": True, "fitting_category": "weapon", "confidence": 0.97, "suspicious": False, "tags": ["검"]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(CALL_S)
        body = json.dumps(_moderation() if self.path.endswith("/moderations") else _completion()).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A platform that is stopped hangs up."""


@contextmanager
def provider() -> Iterator[str]:
    """Its base URL."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()


def _moderation() -> dict[str, Any]:
    result = {
        "flagged": False,
        "categories": dict.fromkeys(_CATEGORIES, False),
        "category_scores": dict.fromkeys(_CATEGORIES, 0.001),
        "category_applied_input_types": {name: ["text"] for name in _CATEGORIES},
    }
    return {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}


def _completion() -> dict[str, Any]:
    message: dict[str, object] = {
        "role": "assistant",
        "content": json.dumps(_FITS, ensure_ascii=False),
        "refusal": None,
        "annotations": [],
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 50, "total_tokens": 450},
    }
