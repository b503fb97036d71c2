"""Slots that are lost or not ours: a row of the outbox goes only when it was delivered."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from connectors.debezium import Capture, ConnectClient, OutboxConnector
from connectors.debezium import slot as slots
from tests.stack.capturing import DEADLINE_S, capturing, create_topics, drop_slot
from tests.stack.reading import read_topic
from tests.stack.servers.connect import Connect
from tests.stack.servers.kafka import Kafka

pytestmark = pytest.mark.stack


@pytest.fixture
def connector(kafka: Kafka) -> OutboxConnector:
    mark = f"t{uuid.uuid4().hex[:8]}"
    connector = OutboxConnector(f"outbox-{mark}", f"outbox_{mark}", f"{mark}.")
    create_topics(kafka, f"{mark}.item.created", connector.heartbeat_topic)
    return connector


@pytest.fixture
def capture(connect: Connect, dsn: str, connector: OutboxConnector) -> Iterator[Capture]:
    with closing(ConnectClient(connect.url)) as client:
        yield Capture(dsn, client, connector, dsn)


def put(dsn: str, key: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO outbox (topic, key, payload, event_type) VALUES ('item.created', %s, 'x', 'item.created')",
            (key,),
        )


def rows(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM outbox").fetchone()
    assert found
    return int(found[0])


def test_a_slot_that_debezium_made_is_made_anew_and_what_was_before_it_arrives(
    kafka: Kafka, connect: Connect, dsn: str, connector: OutboxConnector, capture: Capture
) -> None:
    put(dsn, "before the slot")
    with capturing(connect, dsn, connector):
        assert (slot := capture.look())
        assert slot.is_lost
        put(dsn, "after it")
        read_topic(kafka, f"{connector.topic_prefix}item.created", 1)
        assert [capture.sweep() for _ in range(5)] == [0] * 5
        assert rows(dsn) == 2

        capture.tend()

        told = [record.key for record in read_topic(kafka, f"{connector.topic_prefix}item.created", 3)]
        assert told == [b"after it", b"before the slot", b"after it"]
        assert (slot := capture.look())
        assert not slot.is_lost
        deadline = time.monotonic() + DEADLINE_S
        while rows(dsn):
            assert time.monotonic() < deadline, "what was delivered stays in the outbox"
            capture.sweep()
            time.sleep(0.1)


def test_whoever_dies_between_a_new_slot_and_its_republication_leaves_the_rows(
    dsn: str, connector: OutboxConnector, capture: Capture
) -> None:
    name = connector.slot
    with psycopg.connect(dsn, autocommit=True) as connection:
        slots.create_publication(connection, name, "outbox")
        slots.create(connection, name)
        put(dsn, "not delivered")
        assert capture.sweep() == 0  # notes that the row is there
        slots.note(connection, name, "herofactory: republish the outbox")
        slots.drop(connection, name)
        slots.create(connection, name)  # and confirms everything up to now, though it read nothing

        assert [capture.sweep() for _ in range(3)] == [0] * 3

    assert rows(dsn) == 1
    drop_slot(dsn, name)
