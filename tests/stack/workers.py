"""What contracts of the worker stand on, on a real Kafka."""

from __future__ import annotations

import uuid
from functools import partial

from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.faust_app import WorkerTimes
from streams.kafka import broker_url
from tests.contract.worker import Ground
from tests.stack.servers.kafka import Kafka

# 6 s: what a broker accepts at least (group.min.session.timeout.ms).
TIMES = WorkerTimes(session_timeout=6.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


def ground_on(kafka: Kafka, log: KafkaLog) -> Ground:
    """With topics and an agent that nobody else has."""
    unique = uuid.uuid4().hex[:12]
    ground = Ground(log, partial(broker_url, kafka.bootstrap), f"in.{unique}", f"out.{unique}", f"a{unique}", TIMES)
    for topic in (ground.source, ground.out):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    return ground
