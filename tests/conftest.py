"""What tests of every package share: asyncio, one real PostgreSQL per session, one database per test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import Database, migrate
from herofactory.platform.settings import Settings
from tests.support.postgres import TEMPLATE, cloned_database, create_database, session_postgres


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running server that holds a migrated template database."""
    with session_postgres() as server:
        create_database(server.dsn("postgres"), TEMPLATE)
        migrate(server.dsn(TEMPLATE))
        yield server


@pytest.fixture
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """An empty, migrated database of this test's own."""
    with cloned_database(postgres) as dsn:
        yield dsn


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    async with Database(dsn) as database:
        yield database


@pytest.fixture
def codec() -> EventCodec:
    codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    codec.register_all()
    return codec


@pytest.fixture
def outbox(codec: EventCodec) -> Outbox:
    return Outbox(codec)


@pytest.fixture
def settings(tmp_path: Path, dsn: str) -> Settings:
    """Settings of a platform in a temporary folder, on this test's database."""
    return Settings(data=tmp_path / "hero", database_url=SecretStr(dsn), _env_file=None)  # type: ignore[call-arg]
