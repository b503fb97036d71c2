"""Where nothing holds the data folder, as in a container beside the one that runs the part."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
import pytest

from cli.overview import overview
from herofactory.platform.parts import this_host
from herofactory.platform.settings import Settings
from tests.support.platform import free_port

pytestmark = pytest.mark.anyio


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ready"}')

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def an_api() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Ready)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def quiet(settings: Settings) -> Settings:
    """Nothing answers at its port."""
    return settings.model_copy(update={"port": free_port()})


def beat(dsn: str, name: str, instance: str, pid: int, state: str = "running") -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO parts (name, instance, pid, state, beat_at) VALUES (%s, %s, %s, %s, clock_timestamp())",
            (name, instance, pid, state),
        )


async def test_nothing_that_answers_or_beats_is_nothing_that_runs(quiet: Settings) -> None:
    found = await overview(quiet)
    assert not found["running"]


async def test_an_api_that_answers_is_running_with_the_workers_of_other_machines(quiet: Settings, dsn: str) -> None:
    beat(dsn, "worker", "one:7", 7)
    beat(dsn, "worker", "two:7", 7, "paused")
    with an_api() as port:
        found = await overview(quiet.model_copy(update={"port": port}))
    assert found["running"]
    assert found["url"] == f"http://127.0.0.1:{port}"
    assert [(part["name"], part["instance"], part["state"]) for part in found["parts"]] == [
        ("api", None, "ready"),
        ("worker", "one:7", "running"),
        ("worker", "two:7", "paused"),
    ]


async def test_workers_that_beat_are_running_where_no_api_is_near(quiet: Settings, dsn: str) -> None:
    beat(dsn, "worker", f"{this_host()}:{os.getpid()}", os.getpid())
    found = await overview(quiet)
    assert (found["running"], found["url"], len(found["parts"])) == (True, None, 1)


async def test_a_database_that_is_down_is_told(quiet: Settings) -> None:
    down = Settings.model_validate({"database_url": "postgresql://hero@127.0.0.1:1/hero", "data": quiet.data})
    found = await overview(down.model_copy(update={"port": quiet.port}))
    assert not found["running"]
    assert "database" in found["problems"][0]
