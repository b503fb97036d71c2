"""The platform as `hero up --stack kafka` runs it, on the servers of the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.stack.capturing import drop_slot
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.stack.servers.registry import Registry
from tests.support.running import RunningPlatform, data_folder

CONNECTOR = "herofactory-outbox"
SLOT = "herofactory_outbox"


@contextmanager
def on_servers(
    kafka: Kafka, connect: Connect, registry: Registry, elasticsearch: Elasticsearch, postgres: Postgres, **more: str
) -> Iterator[RunningPlatform]:
    """Not started yet; ended in the end, and nothing of it left in the servers that would hold up another one.

    `more`: settings besides the servers, or in place of their addresses.
    """
    settings = {
        "HERO_STACK": "kafka",
        "HERO_DATABASE_URL": postgres.dsn(),
        "HERO_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "HERO_CONNECT_URL": connect.url,
        "HERO_REGISTRY_URL": registry.url,
        "HERO_ELASTICSEARCH_URL": elasticsearch.url,
        "HERO_SESSION_TIMEOUT_S": "6",
        **more,
    }
    with data_folder() as data:
        platform = RunningPlatform(data, settings)
        try:
            yield platform
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)
            httpx.delete(f"{connect.url}/connectors/{CONNECTOR}", timeout=30)
            drop_slot(postgres.dsn(), SLOT)
