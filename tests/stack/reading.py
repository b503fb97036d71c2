"""Records of a topic, from its beginning."""

from __future__ import annotations

import time
from collections.abc import Mapping

from confluent_kafka import Consumer, Message

from herofactory.platform.records import Record
from tests.stack.servers.kafka import Kafka

DEADLINE_S = 30.0


def read_topic(kafka: Kafka, topic: str, count: int) -> list[Record]:
    """The first `count` records; fails where fewer arrive in time."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka.bootstrap,
            "group.id": f"reader-of-{topic}-{time.monotonic_ns()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    try:
        return _read(consumer, topic, count)
    finally:
        consumer.close()


def _read(consumer: Consumer, topic: str, count: int) -> list[Record]:
    records: list[Record] = []
    deadline = time.monotonic() + DEADLINE_S
    while len(records) < count:
        assert time.monotonic() < deadline, f"{topic} has {len(records)} of {count} records"
        message = consumer.poll(0.2)
        # A tombstone is falsy: its length is 0.
        if message is not None:
            records.append(_record(message))
    return records


def _record(message: Message) -> Record:
    assert message.error() is None, message.error()
    # Debezium sends a header without a value for a column that is null.
    headers: Mapping[str, bytes] = {name: value for name, value in message.headers() or [] if value is not None}
    timestamp = message.timestamp()[1] / 1000
    place = (message.topic(), message.partition(), message.offset())
    return Record(*place, message.key(), message.value(), headers, timestamp)
