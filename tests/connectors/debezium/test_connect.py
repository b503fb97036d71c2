"""What Kafka Connect's answers mean."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.debezium import ConnectClient, ConnectError

MISSING = b'{"error_code":404,"message":"Connector outbox not found"}'


@contextmanager
def answering(body: bytes) -> Iterator[ConnectClient]:
    """A Connect that answers 404 with `body`, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Not to the output of a test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with closing(ConnectClient(f"http://127.0.0.1:{server.server_port}")) as client:
            yield client
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_connector_that_is_not_there_is_none() -> None:
    with answering(MISSING) as client:
        assert client.config("outbox") is None
        assert client.status("outbox") is None


def test_a_connect_that_is_starting_says_nothing_of_its_connectors() -> None:
    """Nothing is at any address then. Taken for a missing connector, it would be made anew without its offsets."""
    with answering(b"") as client:
        with pytest.raises(ConnectError, match="still starting"):
            client.config("outbox")
        with pytest.raises(ConnectError, match="still starting"):
            client.status("outbox")
