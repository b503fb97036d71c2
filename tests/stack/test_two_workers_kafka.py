"""Two workers on a real Kafka: killed, frozen, restarted one after the other, all under load."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.kafka import broker_url
from tests.contract.two_workers import Course, TwoWorkersContract
from tests.stack.servers.kafka import Kafka
from tests.support.copier import times

pytestmark = pytest.mark.stack


@pytest.fixture
def course(kafka: Kafka) -> Iterator[Course]:
    log, unique = KafkaLog(kafka.bootstrap), uuid.uuid4().hex[:12]
    source, out = f"in.{unique}", f"out.{unique}"
    for topic in (source, out):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    # 6 s: what a broker accepts at least (group.min.session.timeout.ms).
    yield Course(log, broker_url(kafka.bootstrap), source, out, f"copy{unique}", times(session_timeout=6.0))
    log.close()


class TestOnKafka(TwoWorkersContract):
    """The contract."""
