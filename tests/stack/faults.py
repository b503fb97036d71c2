"""A proxy in front of a real Elasticsearch that makes one thing go wrong. All else it hands on unchanged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol

import httpx

from tests.stack.ports import HOST

# Longer than any request of a test waits: a held one ends when the proxy does.
_HELD_S = 60.0
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "host", "keep-alive", "content-encoding"}
_JSON = {"content-type": "application/vnd.elasticsearch+json;compatible-with=9", "x-elastic-product": "Elasticsearch"}


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Forward(Protocol):
    def __call__(self, request: Request) -> Response: ...


class Fault(Protocol):
    def answer(self, request: Request, forward: Forward) -> Response | None:
        """What the client gets instead; None: nothing, ever."""


class Wedged:
    """The request is taken and never reaches the engine; nobody answers."""

    def answer(self, request: Request, forward: Forward) -> Response | None:
        return None


class AnswerLost:
    """The engine does it all; its answer never arrives."""

    def answer(self, request: Request, forward: Forward) -> Response | None:
        forward(request)
        return None


@dataclass
class Refused:
    """The request as a whole is answered with an error and never reaches the engine."""

    status: int
    kind: str

    def answer(self, request: Request, forward: Forward) -> Response | None:
        return Response(self.status, _JSON, json.dumps({"error": _error(self.kind), "status": self.status}).encode())


@dataclass
class ItemRefused:
    """One item of a bulk never reaches the engine and is answered with an error; the others are written."""

    id: str
    status: int
    kind: str

    def answer(self, request: Request, forward: Forward) -> Response | None:
        pairs = list(_pairs(request.body))
        left = [pair for pair in pairs if pair[0] != self.id]
        body = b"".join(line + b"\n" for _, lines in left for line in lines)
        real = forward(request._replace(body=body)) if left else Response(200, _JSON, b'{"items":[]}')
        answer = json.loads(real.body)
        refused = {"index": {"_id": self.id, "status": self.status, "error": _error(self.kind)}}
        answer["items"].insert([id for id, _ in pairs].index(self.id), refused)
        return real._replace(body=json.dumps({**answer, "errors": True}).encode())


@dataclass
class FaultyProxy:
    """`url` is to be used in place of the engine's. Counts bulks that are under way at the same time."""

    target: str
    url: str = ""
    most_bulks_at_once: int = 0
    _bulks: int = 0
    _faults: list[tuple[str, Fault]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def next(self, *faults: Fault, path: str = "/_bulk") -> None:
        """The next requests with `path` in theirs meet these faults, one each."""
        with self._lock:
            self._faults += [(path, fault) for fault in faults]

    def pass_on(self, request: Request, client: httpx.Client) -> Response | None:
        fault = self._fault(request)
        with self._counted(request):
            answer = fault.answer(request, forwarder(client)) if fault else forwarder(client)(request)
        if answer is None:
            self._over.wait(_HELD_S)
        return answer

    def close(self) -> None:
        self._over.set()

    def _fault(self, request: Request) -> Fault | None:
        with self._lock:
            for each in self._faults:
                if each[0] in request.path:
                    self._faults.remove(each)
                    return each[1]
        return None

    @contextmanager
    def _counted(self, request: Request) -> Iterator[None]:
        step = "/_bulk" in request.path
        with self._lock:
            self._bulks += step
            self.most_bulks_at_once = max(self.most_bulks_at_once, self._bulks)
        yield
        with self._lock:
            self._bulks -= step


@contextmanager
def faulty(target: str) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(target)
    with httpx.Client(base_url=target, timeout=_HELD_S) as client:
        server = ThreadingHTTPServer((HOST, 0), _handler(proxy, client))
        server.daemon_threads = True
        proxy.url = f"http://{HOST}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.close()
            server.shutdown()
            thread.join()
            server.server_close()


def forwarder(client: httpx.Client) -> Forward:
    def forward(request: Request) -> Response:
        answer = client.request(request.method, request.path, headers=request.headers, content=request.body)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        return Response(answer.status_code, kept, answer.content)

    return forward


def _handler(proxy: FaultyProxy, client: httpx.Client) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            answer = proxy.pass_on(Request(self.command, self.path, headers, body), client)
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _pass_on

        def log_message(self, format: str, *args: Any) -> None:
            """Not to the output of a test."""

    return Handler


def _pairs(body: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """(id, lines) of each write in a bulk's body."""
    lines = iter(body.splitlines())
    for action in lines:
        [(kind, about)] = json.loads(action).items()
        yield about["_id"], [action] if kind == "delete" else [action, next(lines)]


def _error(kind: str) -> dict[str, str]:
    return {"type": kind, "reason": "as the test wants it"}
