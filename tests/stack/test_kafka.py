from __future__ import annotations

import uuid

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from tests.stack.capturing import create_topics
from tests.stack.reading import read_topic
from tests.stack.servers.kafka import Kafka

pytestmark = pytest.mark.stack


def test_records_come_back_in_order_per_key_with_headers_and_tombstones(kafka: Kafka) -> None:
    topic = f"t{uuid.uuid4().hex[:8]}"
    create_topics(kafka, topic, partitions=4)
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "acks": "all"})
    for number in range(20):
        value = None if number >= 15 else str(number).encode()
        producer.produce(topic, value, f"key-{number % 5}".encode(), headers={"revision": str(number).encode()})
    assert producer.flush(30) == 0

    records = read_topic(kafka, topic, 20)

    for key in {record.key for record in records}:
        of_key = [record for record in records if record.key == key]
        assert len({record.partition for record in of_key}) == 1
        revisions = [int(record.headers["revision"]) for record in of_key]
        assert revisions == sorted(revisions)
        assert [record.value is None for record in of_key] == [False, False, False, True]


def test_a_topic_that_nobody_created_is_refused(kafka: Kafka) -> None:
    told: list[KafkaError] = []
    # Without waiting for a topic that might just have been created elsewhere.
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "topic.metadata.propagation.max.ms": 0})
    try:
        producer.produce("never.created", b"x", on_delivery=lambda error, _: told.append(error))
        producer.flush(30)
    except KafkaException as error:
        told.append(error.args[0])

    assert told[0].code() in (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART)
