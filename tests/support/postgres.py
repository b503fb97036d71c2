"""One real PostgreSQL per test session and one database per test, cloned from a migrated template.

@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with session_postgres() as server:
        ... migrate server.dsn() into TEMPLATE (create_database first), then close every connection to it
        yield server

@pytest.fixture
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    with cloned_database(postgres) as dsn:
        yield dsn
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from herofactory.platform.postgres import EmbeddedPostgres

TEMPLATE = "herofactory_template"
MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of a random name is made in it)
# Docker gives 64 MB by default, which is less than one cluster with its write-ahead log.
ROOM_BYTES = 2 * 1024**3
# Durability is not what the tests of other packages are about; PostgreSQL's own are in tests/herofactory/platform.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def reachable_folder(*, executable: bool = False) -> Iterator[Path]:
    """A temporary folder that PostgreSQL's account can enter: pytest's own `tmp_path` is closed to it (0700).

    In memory where there is room: cloning a database of 300 files was measured at 8 ms there and 300 ms on a disk.
    `executable`: on a disk, because programs in /dev/shm may not be run.
    """
    in_memory = not executable and _has_room(MEMORY)
    folder = Path(tempfile.mkdtemp(prefix="hero-", dir=MEMORY if in_memory else None))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def session_postgres() -> Iterator[EmbeddedPostgres]:
    with reachable_folder() as folder, EmbeddedPostgres(folder / "postgres", extra=FAST) as server:
        yield server


def create_database(admin_dsn: str, name: str) -> None:
    _administer(admin_dsn, f"CREATE DATABASE {name}")


def clone_database(admin_dsn: str, template: str, name: str) -> None:
    """Fails while anybody is connected to the template."""
    _administer(admin_dsn, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def drop_database(admin_dsn: str, name: str) -> None:
    """Ends the connections to it first."""
    _administer(admin_dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def cloned_database(server: EmbeddedPostgres, template: str = TEMPLATE) -> Iterator[str]:
    """The dsn of a database of one test's own."""
    name = f"test_{secrets.token_hex(6)}"
    clone_database(server.dsn("postgres"), template, name)
    try:
        yield server.dsn(name)
    finally:
        drop_database(server.dsn("postgres"), name)


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_BYTES


def _administer(admin_dsn: str, statement: str) -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(statement.encode())
