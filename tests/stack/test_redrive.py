"""Dead letters on real Kafka."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka.admin import AdminClient

from herofactory.platform.eventlog.kafka import KafkaLog
from streams.kafka import broker_url
from tests.contract.redrive import RedriveContract, RedriveGround
from tests.stack.servers.kafka import Kafka
from tests.stack.workers import TIMES

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture
def ground(kafka: Kafka) -> Iterator[RedriveGround]:
    with closing(KafkaLog(kafka.bootstrap)) as log:
        ground = RedriveGround(log, broker_url(kafka.bootstrap), f"a{uuid.uuid4().hex[:12]}", TIMES)
        ground.create()
        yield ground
    # Platforms of other tests, on the same broker, would tell of its dead letters.
    topics = [ground.source, f"dead.{ground.name}", f"retry.{ground.name}"]
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for deleted in admin.delete_topics(topics).values():
        deleted.result()


class TestOnKafka(RedriveContract):
    """The contract."""
