"""A server that was killed comes back on its port with what it had."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from connectors.debezium import OutboxConnector
from tests.stack.capturing import capturing, create_topics, wait_for_slot
from tests.stack.reading import read_topic, read_until
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.stack.stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture
def connector(kafka: Kafka, connect: Connect, dsn: str) -> Iterator[OutboxConnector]:
    mark = f"t{uuid.uuid4().hex[:8]}"
    connector = OutboxConnector(f"outbox-{mark}", f"outbox_{mark}", f"{mark}.")
    create_topics(kafka, f"{mark}.item.created", connector.heartbeat_topic)
    with capturing(connect, dsn, connector):
        yield connector


def put(dsn: str, key: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO outbox (topic, key, payload, event_type) VALUES ('item.created', %s, 'x', 'item.created')",
            (key,),
        )


def distinct_keys_up_to(kafka: Kafka, topic: str, last: bytes) -> list[bytes | None]:
    """In order. Connect notes down where it is every second: what it has sent since then is sent again."""
    records = read_until(kafka, topic, lambda read: any(record.key == last for record in read))
    return list(dict.fromkeys(record.key for record in records))


@pytest.mark.parametrize("killed", ["connect", "kafka"])
def test_what_is_written_while_a_server_is_down_arrives_after_its_return(
    stack: Stack, kafka: Kafka, connect: Connect, dsn: str, connector: OutboxConnector, killed: str
) -> None:
    put(dsn, "before")
    topic = f"{connector.topic_prefix}item.created"
    read_topic(kafka, topic, 1)

    stack.part(killed).kill()
    put(dsn, "while it is down")
    stack.part(killed).launch()
    stack.part(killed).wait()
    wait_for_slot(connect, dsn, connector)

    assert distinct_keys_up_to(kafka, topic, b"while it is down") == [b"before", b"while it is down"]


def test_capture_goes_on_after_a_crash_of_the_database(
    kafka: Kafka, connect: Connect, postgres: Postgres, dsn: str, connector: OutboxConnector
) -> None:
    put(dsn, "before")
    topic = f"{connector.topic_prefix}item.created"
    read_topic(kafka, topic, 1)

    postgres.kill()
    postgres.launch()
    put(dsn, "after")
    wait_for_slot(connect, dsn, connector)

    assert distinct_keys_up_to(kafka, topic, b"after") == [b"before", b"after"]


def test_an_acknowledged_document_survives_a_crash_of_the_search_engine(elasticsearch: Elasticsearch) -> None:
    document = f"{elasticsearch.url}/crash-{uuid.uuid4().hex[:8]}"
    httpx.put(document, timeout=30).raise_for_status()
    written = {"at": datetime.now(UTC).isoformat()}
    httpx.put(f"{document}/_doc/1", json=written, timeout=30).raise_for_status()

    elasticsearch.kill()
    elasticsearch.start()

    assert httpx.get(f"{document}/_source/1", timeout=30).json() == written
    httpx.delete(document, timeout=30).raise_for_status()
