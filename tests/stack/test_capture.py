"""The outbox through Debezium: what arrives is what the embedded relay would have published."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from connectors.debezium import OutboxConnector
from herofactory.platform.events import Headers
from herofactory.platform.records import Record
from tests.stack.capturing import capturing, create_topics
from tests.stack.reading import read_topic
from tests.stack.servers.connect import Connect
from tests.stack.servers.kafka import Kafka

pytestmark = pytest.mark.stack
FRAMED = b"\x00\x00\x00\x00\x07" + bytes(range(256))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HAPPENED = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
INSERT = """
INSERT INTO outbox (id, topic, key, payload, event_type, revision, occurred_at, traceparent)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@pytest.fixture
def connector(kafka: Kafka, connect: Connect, dsn: str) -> Iterator[OutboxConnector]:
    """Running on this test's database, with topics of its own."""
    mark = f"t{uuid.uuid4().hex[:8]}"
    connector = OutboxConnector(f"outbox-{mark}", f"outbox_{mark}", f"{mark}.")
    create_topics(kafka, f"{mark}.item.created", f"{mark}.item.mirrored", connector.heartbeat_topic)
    with capturing(connect, dsn, connector):
        yield connector


def put(dsn: str, *rows: tuple[object, ...]) -> None:
    with psycopg.connect(dsn) as connection:
        for row in rows:
            connection.execute(INSERT, row)


def our_headers(record: Record) -> dict[str, bytes]:
    return {name: value for name, value in record.headers.items() if not name.startswith("__debezium.")}


def test_payloads_pass_untouched_and_headers_read_as_the_relays(
    kafka: Kafka, dsn: str, connector: OutboxConnector
) -> None:
    event_id = uuid.uuid4()
    put(dsn, (event_id, "item.created", "item-1", FRAMED, "item.created", 7, HAPPENED, TRACE))

    [record] = read_topic(kafka, f"{connector.topic_prefix}item.created", 1)

    assert (record.key, record.value) == (b"item-1", FRAMED)
    expected = Headers(str(event_id), "item.created", HAPPENED, 7, TRACE)
    assert Headers.parse(record.headers) == expected
    told = our_headers(record)
    assert told.pop("occurred-at") == b"2026-03-01T12:30:15.123456Z"
    relayed = expected.to_bytes()
    del relayed["occurred-at"]
    assert told == relayed


def test_what_a_replay_put_into_use_names_it(kafka: Kafka, dsn: str, connector: OutboxConnector) -> None:
    replay_id = uuid.uuid4()
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT set_config('herofactory.replay_id', %s, true)", (str(replay_id),))
        connection.execute(INSERT, (uuid.uuid4(), "item.created", "item-1", FRAMED, "item.created", 7, HAPPENED, TRACE))

    [record] = read_topic(kafka, f"{connector.topic_prefix}item.created", 1)

    assert record.headers["replay-id"] == str(replay_id).encode()


def test_a_row_of_before_there_was_such_a_column_passes_without(
    kafka: Kafka, dsn: str, connector: OutboxConnector
) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE outbox DROP COLUMN replay_id")
    put(dsn, (uuid.uuid4(), "item.created", "item-1", FRAMED, "item.created", 7, HAPPENED, TRACE))

    [record] = read_topic(kafka, f"{connector.topic_prefix}item.created", 1)

    assert "replay-id" not in record.headers


def test_what_has_no_trace_and_no_revision_has_no_such_header(
    kafka: Kafka, dsn: str, connector: OutboxConnector
) -> None:
    happened = HAPPENED.replace(microsecond=0)
    put(dsn, (uuid.uuid4(), "item.created", "item-1", FRAMED, "item.created", None, happened, None))

    [record] = read_topic(kafka, f"{connector.topic_prefix}item.created", 1)

    assert set(our_headers(record)) == {"event-id", "event-type", "occurred-at"}
    assert Headers.parse(record.headers).occurred_at == happened


def test_the_mirror_of_an_item_is_its_document_and_then_a_tombstone(
    kafka: Kafka, dsn: str, connector: OutboxConnector
) -> None:
    item = uuid.uuid4()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            """INSERT INTO items (id, seller_id, name, description, category, price, status)
               VALUES (%s, 'seller', '전설의 마법검', '', 'weapon', 100, 'approved')""",
            (item,),
        )
        connection.execute("UPDATE items SET price = 200 WHERE id = %s", (item,))
        connection.execute("DELETE FROM items WHERE id = %s", (item,))

    records = read_topic(kafka, f"{connector.topic_prefix}item.mirrored", 3)

    assert {record.key for record in records} == {str(item).encode()}
    assert [record.headers["revision"] for record in records] == [b"1", b"2", b"3"]
    listed, repriced, gone = (record.value for record in records)
    assert listed is not None
    assert json.loads(listed)["name"] == "전설의 마법검"
    assert repriced is not None
    assert json.loads(repriced)["price"] == 200
    assert gone is None


def test_a_row_deleted_in_its_own_transaction_still_arrives_and_a_rolled_back_one_does_not(
    kafka: Kafka, dsn: str, connector: OutboxConnector
) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(INSERT, (uuid.uuid4(), "item.created", "undone", FRAMED, "item.created", 1, HAPPENED, None))
        connection.rollback()
        connection.execute(INSERT, (uuid.uuid4(), "item.created", "done", FRAMED, "item.created", 1, HAPPENED, None))
        connection.execute("DELETE FROM outbox")
    put(dsn, (uuid.uuid4(), "item.created", "last", FRAMED, "item.created", 1, HAPPENED, None))

    records = read_topic(kafka, f"{connector.topic_prefix}item.created", 2)

    assert [record.key for record in records] == [b"done", b"last"]
