"""The real servers, for `pytest -m stack` alone. A run starts those that its tests ask for, side by side.

`kafka`, `connect`, `registry`, `elasticsearch`, `redis`, `s3`: a ready server, the same one for the whole session.
`postgres` replaces the root fixture of that name by one with logical decoding, so `dsn`, `database` and `outbox` work
on it.
`client`, `alias`, `index`: an empty search index of the test's own in Elasticsearch. `server`: its own corner of Redis.
`stack` gives them all. Every server can be stopped, killed, paused and started again, on the same port and data.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch as SearchClient

    from herofactory.platform.redis import RedisServer
    from herofactory.search.elasticsearch.index import ElasticsearchIndex
    from tests.stack.servers.connect import Connect
    from tests.stack.servers.elasticsearch import Elasticsearch
    from tests.stack.servers.kafka import Kafka
    from tests.stack.servers.postgres import Postgres
    from tests.stack.servers.redis import Redis
    from tests.stack.servers.registry import Registry
    from tests.stack.servers.s3 import S3
    from tests.stack.stack import Stack

_wanted: set[str] = set()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make test` and `make chaos` collect nothing here: only `make test-stack` installs what these tests need."""
    return None if config.option.markexpr == "stack" else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        _wanted.update(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Launched, not yet ready: ask for the server's own fixture too."""
    from tests.stack.stack import NAMES, Stack

    stack = Stack()
    try:
        stack.launch([name for name in NAMES if name in _wanted])
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="session")
def kafka(stack: Stack) -> Kafka:
    stack.kafka.wait()
    return stack.kafka


@pytest.fixture(scope="session")
def connect(stack: Stack) -> Connect:
    stack.connect.wait()
    return stack.connect


@pytest.fixture(scope="session")
def registry(stack: Stack) -> Registry:
    stack.registry.wait()
    return stack.registry


@pytest.fixture(scope="session")
def elasticsearch(stack: Stack) -> Elasticsearch:
    stack.elasticsearch.wait()
    return stack.elasticsearch


@pytest.fixture(scope="session")
def redis(stack: Stack) -> Redis:
    stack.redis.wait()
    return stack.redis


@pytest.fixture(scope="session")
def s3(stack: Stack) -> S3:
    stack.s3.wait()
    return stack.s3


@pytest.fixture(scope="session")
def postgres(stack: Stack) -> Postgres:
    """Also holds the migrated template that `dsn` clones."""
    stack.postgres.migrate_template()
    return stack.postgres


@pytest.fixture(scope="session")
def client(elasticsearch: Elasticsearch) -> Iterator[SearchClient]:
    from herofactory.search.elasticsearch.client import make_client

    with make_client([elasticsearch.url]) as client:
        yield client


@pytest.fixture
def alias(client: SearchClient) -> Iterator[str]:
    from tests.stack.searching import temporary_alias

    with temporary_alias(client) as alias:
        yield alias


@pytest.fixture
def index(client: SearchClient, alias: str) -> ElasticsearchIndex:
    """Straight to the engine: what is really there."""
    from herofactory.search.elasticsearch.index import ElasticsearchIndex

    return ElasticsearchIndex(client, alias)


@pytest.fixture
async def server(redis: Redis) -> AsyncIterator[RedisServer]:
    from tests.stack.redis_access import opened

    async with opened(redis) as server:
        yield server
