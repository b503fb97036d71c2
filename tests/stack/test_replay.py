"""Replays on a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from herofactory.platform.eventlog.kafka import KafkaLog
from tests.contract.replay import ReplayContract
from tests.stack.servers.kafka import Kafka

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


class TestOnKafka(ReplayContract):
    @pytest.fixture
    def log(self, kafka: Kafka) -> Iterator[KafkaLog]:
        log = KafkaLog(kafka.bootstrap)
        yield log
        log.close()
