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

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from herofactory.platform.postgres import EmbeddedPostgres

TEMPLATE = "herofactory_template"
# Durability is not what the tests of other packages are about; PostgreSQL's own are in tests/herofactory/platform.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A temporary folder that PostgreSQL's account can enter: pytest's own `tmp_path` is closed to it (0700)."""
    folder = Path(tempfile.mkdtemp(prefix="hero-"))
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
    """About 30 ms. Fails while anybody is connected to the template."""
    _administer(admin_dsn, f"CREATE DATABASE {name} TEMPLATE {template}")


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


def _administer(admin_dsn: str, statement: str) -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(statement.encode())
