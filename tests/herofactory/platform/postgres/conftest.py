from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.leftovers import end_processes
from tests.support.postgres import reachable_folder

Ask = Callable[[str, str], object]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that PostgreSQL's account can reach; nothing of PostgreSQL outlives the test."""
    with reachable_folder() as parent:
        yield parent / "postgres"
        for data in parent.rglob("data"):
            end_processes(data)


@pytest.fixture(scope="session")
def finished() -> Iterator[Path]:
    """The folder of a database that ran once and was stopped: to be copied, never used."""
    with reachable_folder() as parent:
        with EmbeddedPostgres(parent / "postgres"):
            pass
        yield parent / "postgres"


@pytest.fixture(scope="module")
def running(finished: Path) -> Iterator[EmbeddedPostgres]:
    """A server for tests that only look."""
    with reachable_folder() as parent:
        subprocess.run(["cp", "-a", str(finished), str(parent / "postgres")], check=True)
        with EmbeddedPostgres(parent / "postgres", extra={"work_mem": "8MB"}) as server:
            yield server


@pytest.fixture
def used(folder: Path, finished: Path) -> Path:
    """`folder`, with a database that ran before: spares an initdb of most of a second."""
    subprocess.run(["cp", "-a", str(finished), str(folder)], check=True)
    return folder


@pytest.fixture
def make_server() -> Iterator[Callable[..., EmbeddedPostgres]]:
    with ExitStack() as stack:

        def make(*arguments: object, **options: object) -> EmbeddedPostgres:
            server = EmbeddedPostgres(*arguments, **options)  # type: ignore[arg-type]  # passed through as given
            stack.callback(server.stop)
            return server

        yield make


@pytest.fixture
def ask() -> Ask:
    """The first value of a query's first row."""

    def ask(dsn: str, query: str) -> object:
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    return ask
