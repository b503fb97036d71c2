"""Edges of recovery on a real Kafka."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from herofactory.platform.eventlog.kafka import KafkaLog
from streams.runtime import Worker
from tests.contract.recovery import Expire, Holes, RecoveryContract, ShareId
from tests.contract.worker import Ground
from tests.stack.servers.kafka import Kafka
from tests.stack.workers import ground_on

pytestmark = [pytest.mark.stack, pytest.mark.anyio]

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def log(kafka: Kafka) -> Iterator[KafkaLog]:
    log = KafkaLog(kafka.bootstrap)
    yield log
    log.close()


@pytest.fixture
def ground(kafka: Kafka, log: KafkaLog) -> Ground:
    return ground_on(kafka, log)


@pytest.fixture
def expire(kafka: Kafka, log: KafkaLog) -> Expire:
    """As retention does it, at once: it moves the start of the partition."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})

    def take(topic: str) -> None:
        wanted = [TopicPartition(topic, partition, held.end) for partition, held in log.offsets(topic).items()]
        for done in admin.delete_records(wanted).values():
            done.result(PATIENCE_S)

    return take


@pytest.fixture
def holes(kafka: Kafka, log: KafkaLog) -> Holes:
    """Compaction runs when it likes. Transactions leave the same holes at once: an aborted one's records and the marks
    at their ends have offsets that no reader sees. Here the last hole is at the end."""
    settings = {"bootstrap.servers": kafka.bootstrap, "transactional.id": uuid.uuid4().hex, "linger.ms": 0}

    def leave(topic: str) -> int:
        producer = Producer(settings)
        producer.init_transactions(PATIENCE_S)
        for run in range(6):
            producer.begin_transaction()
            for n in range(20):
                producer.produce(topic, b"", b"%d" % n, partition=n % 4)
            end = producer.abort_transaction if run % 2 else producer.commit_transaction
            end(PATIENCE_S)
        _wait_for_marks(kafka, log, topic)
        return 60

    return leave


def _wait_for_marks(kafka: Kafka, log: KafkaLog, topic: str) -> None:
    """They are written after the end of a transaction was answered, and until then readers stop before it."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": topic, "isolation.level": "read_committed"})
    deadline = time.monotonic() + PATIENCE_S
    try:
        for partition in range(4):
            place = TopicPartition(topic, partition)
            while consumer.get_watermark_offsets(place, PATIENCE_S)[1] < log.offsets(topic)[partition].end:
                assert time.monotonic() < deadline, f"a transaction is open in {topic}"
    finally:
        consumer.close()


@pytest.fixture
def share_id() -> ShareId:
    def share(first: Worker, second: Worker) -> None:
        theirs, ours = (each._agents[0][0].consumer for each in (first, second))
        subscribe = ours.subscribe

        async def subscribe_as_the_first(topics: Iterable[str]) -> None:
            ours.kafka._coordinator.member_id = theirs.kafka._coordinator.member_id
            await subscribe(topics)

        ours.subscribe = subscribe_as_the_first

    return share


class TestOnKafka(RecoveryContract):
    """The contract."""
