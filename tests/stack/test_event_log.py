"""The event log on a real Kafka: the port's contract, and what only a cluster can do."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from herofactory.platform.eventlog.kafka import KafkaLog, groups, topics
from herofactory.platform.eventlog.kafka.topics import MAX_RECORD_BYTES
from herofactory.platform.eventlog.lag import lags
from herofactory.platform.eventlog.port import LogError, LogUnavailable, RecordTooLarge, TopicConfig
from herofactory.platform.records import Outgoing
from tests.contract.event_log import EventLogContract, GroupMembersContract, Joined, everything
from tests.contract.two_workers import until
from tests.stack.ports import HOST, free_port
from tests.stack.servers.kafka import Kafka

pytestmark = pytest.mark.stack

COMPACTED_WITHIN_S = 60.0
# Kafka compacts at leisure (its cleaner looks every 15 s, at closed segments): this makes every record due at once.
EAGER = {"segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "1"}


@pytest.fixture(scope="module")
def log(kafka: Kafka) -> Iterator[KafkaLog]:
    log = KafkaLog(kafka.bootstrap)
    yield log
    log.close()


def a_topic(log: KafkaLog, partitions: int = 1, compacted: bool = False) -> str:
    name = f"log.{uuid.uuid4().hex}"
    log.create_topic(TopicConfig(name, partitions, None, compacted))
    return name


class TestKafkaLog(EventLogContract, GroupMembersContract):
    @pytest.fixture
    def joined(self, kafka: Kafka) -> Joined:
        @contextmanager
        def join(group: str, topic: str) -> Iterator[None]:
            consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group})
            consumer.subscribe([topic])
            until(lambda: consumer.poll(0.1) is None and bool(consumer.assignment()), 30)
            yield
            consumer.close()

        return join


def test_a_record_that_is_too_large_is_refused_before_anything_is_written(log: KafkaLog) -> None:
    topic = a_topic(log)
    with pytest.raises(RecordTooLarge, match="at most 8,388,608"):
        log.publish([Outgoing(topic, b"k", b"fits"), Outgoing(topic, b"k", bytes(MAX_RECORD_BYTES))])
    assert everything(log, topic) == []
    (position,) = log.publish([Outgoing(topic, b"k", bytes(MAX_RECORD_BYTES - 1))])
    (record,) = log.read(topic, 0, position.offset, 1)
    assert len(record.value or b"") == MAX_RECORD_BYTES - 1


def test_a_compacted_topic_keeps_the_last_record_of_every_key(log: KafkaLog, kafka: Kafka) -> None:
    topic = a_topic(log, compacted=True)
    resource = ConfigResource(
        ResourceType.TOPIC,
        topic,
        incremental_configs=[
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in EAGER.items()
        ],
    )
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result()
    for number in range(100):
        log.publish([Outgoing(topic, b"%d" % (number % 5), b"%d" % number)])
    log.publish([Outgoing(topic, b"0", None)])
    deadline = time.monotonic() + COMPACTED_WITHIN_S
    while len(everything(log, topic)) > 20:
        assert time.monotonic() < deadline, "not compacted"
        time.sleep(0.3)
        log.publish([Outgoing(topic, b"another", b"closes the segment before it")])
    last = {record.key: record.value for record in everything(log, topic)}
    assert {key: last[key] for key in (b"0", b"1", b"2", b"3", b"4")} == {
        b"0": None, b"1": b"96", b"2": b"97", b"3": b"98", b"4": b"99",
    }  # fmt: skip
    found = log.read(topic, 0, 3, 1)
    assert found[0].offset > 3, "reading in a hole goes on behind it"


def test_lag_counts_from_what_a_group_committed(log: KafkaLog, kafka: Kafka) -> None:
    topic, group = a_topic(log, 2), f"group.{uuid.uuid4().hex}"
    for partition in (b"a", b"b", b"c", b"d"):
        log.publish([Outgoing(topic, partition, b"")] * 3)
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()
    assert log.committed(group, topic) == {0: 1}
    assert group in log.groups()
    assert lags(log)[group] == 11


def test_a_cluster_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_S", 0.5)
    log = KafkaLog(f"{HOST}:{free_port()}")
    with pytest.raises(LogUnavailable, match="does not answer"):
        log.publish([Outgoing("any", b"k", b"v")])
    with pytest.raises(LogUnavailable, match="does not answer"):
        log.topics()
    log.close()
    with pytest.raises(LogError):
        log.read("any", 0, 0, 1)


def test_a_topic_without_partitions_is_an_error(log: KafkaLog) -> None:
    with pytest.raises(ValueError, match="at least one partition, not 0"):
        log.create_topic(TopicConfig("none", partitions=0, retention_s=None))


def test_a_producer_that_can_never_write_again_is_replaced(log: KafkaLog) -> None:
    topic, publisher = a_topic(log), log._publisher
    log.publish([Outgoing(topic, b"k", b"1")])
    before = publisher._writer
    publisher._renew(before)
    publisher._renew(before)
    log.publish([Outgoing(topic, b"k", b"2")])
    assert publisher._writer is not before
    assert [record.value for record in everything(log, topic)] == [b"1", b"2"]


def test_closing_waits_for_those_who_are_writing(log: KafkaLog, kafka: Kafka) -> None:
    topic, mine = a_topic(log), KafkaLog(kafka.bootstrap)
    written: list[int] = []

    def write() -> None:
        with suppress(LogError):  # closed
            while True:
                mine.publish([Outgoing(topic, b"k", b"%d" % len(written))] * 20)
                written.append(len(written))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    until(lambda: len(written) > 20, 30)
    mine.close()
    for writer in writers:
        writer.join(30)
    assert not any(writer.is_alive() for writer in writers)
    assert len(everything(log, topic)) == 20 * len(written)


def test_asking_for_what_a_group_committed_survives_every_loss_of_the_connection(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """librdkafka's own call for it ended the process here within seconds."""
    for module in (topics, groups):
        monkeypatch.setattr(module, "TIMEOUT_S", 1.0)
    log = KafkaLog(kafka.bootstrap)
    topic, enough, answers = a_topic(log, 4), threading.Event(), list[Mapping[int, int]]()

    def ask() -> None:
        while not enough.is_set():
            with suppress(LogUnavailable):
                answers.append(log.committed("nobody", topic))

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    until(lambda: len(answers) > 3, 30)
    kafka.kill()
    kafka.start()
    answered = len(answers)
    until(lambda: len(answers) > answered + 3, 60)
    enough.set()
    for asker in askers:
        asker.join()
    log.close()


def test_a_broker_killed_under_a_writer_loses_nothing_that_was_acknowledged(log: KafkaLog, kafka: Kafka) -> None:
    topic, acknowledged = a_topic(log, 4), 0
    killer = threading.Timer(0.5, kafka.kill)
    killer.start()
    restart = threading.Timer(3.0, kafka.start)
    restart.start()
    while acknowledged < 300 or restart.is_alive():
        messages = [Outgoing(topic, b"%d" % (n % 7), b"%d" % n) for n in range(acknowledged, acknowledged + 10)]
        try:
            log.publish(messages)
        except LogUnavailable:
            continue
        acknowledged += 10
    values: dict[bytes | None, list[int]] = {}
    for record in everything(log, topic):
        values.setdefault(record.key, []).append(int(record.value or b""))
    assert {n for numbers in values.values() for n in numbers} == set(range(acknowledged))
    for numbers in values.values():
        assert list(dict.fromkeys(numbers)) == sorted(set(numbers)), "every key in order, repeats aside"
