"""The worker on a real Kafka: the same contract as on the embedded log, and what only a cluster can do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial

import pytest

from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.faust_app import WorkerTimes
from streams.kafka import broker_url
from tests.contract.worker import Ground, WorkerContract
from tests.stack.servers.kafka import Kafka

pytestmark = [pytest.mark.stack, pytest.mark.anyio]

# 6 s: what a broker accepts at least (group.min.session.timeout.ms).
TIMES = WorkerTimes(session_timeout=6.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


@pytest.fixture(scope="module")
def log(kafka: Kafka) -> Iterator[KafkaLog]:
    log = KafkaLog(kafka.bootstrap)
    yield log
    log.close()


@pytest.fixture
def ground(kafka: Kafka, log: KafkaLog) -> Ground:
    unique = uuid.uuid4().hex[:12]
    ground = Ground(log, partial(broker_url, kafka.bootstrap), f"in.{unique}", f"out.{unique}", f"a{unique}", TIMES)
    for topic in (ground.source, ground.out):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    return ground


class TestOnKafka(WorkerContract):
    """The contract."""
