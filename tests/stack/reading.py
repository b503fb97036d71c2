"""Records of a topic, from its beginning."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, Message

from herofactory.platform.records import Record
from tests.stack.servers.kafka import Kafka

DEADLINE_S = 30.0


def read_topic(kafka: Kafka, topic: str, count: int) -> list[Record]:
    """The first `count` records; fails where fewer arrive in time."""
    return read_until(kafka, topic, lambda records: len(records) >= count)


def read_until(kafka: Kafka, topic: str, enough: Callable[[Sequence[Record]], bool]) -> list[Record]:
    """The records up to the first with which `enough` holds; fails where that does not happen in time."""
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
        return _read(consumer, topic, enough)
    finally:
        consumer.close()


def _read(consumer: Consumer, topic: str, enough: Callable[[Sequence[Record]], bool]) -> list[Record]:
    records: list[Record] = []
    deadline = time.monotonic() + DEADLINE_S
    while not enough(records):
        assert time.monotonic() < deadline, f"not enough in {topic}: {[record.key for record in records]}"
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
