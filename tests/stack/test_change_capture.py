"""Debezium as a change capture: the contract that the embedded relay passes too."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from connectors.debezium import OutboxConnector
from herofactory.platform.eventlog.kafka import KafkaLog
from tests.contract.change_capture import PARTITIONS, TOPICS, Captured, ChangeCaptureContract, play
from tests.stack.capturing import capturing, create_topics
from tests.stack.servers.connect import Connect
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.support.postgres import cloned_database

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def captured(kafka: Kafka, connect: Connect, postgres: Postgres) -> Captured:
    mark = f"t{uuid.uuid4().hex[:8]}"
    connector = OutboxConnector(f"outbox-{mark}", f"outbox_{mark}", f"{mark}.")
    create_topics(kafka, *(connector.topic_prefix + topic for topic in TOPICS), partitions=PARTITIONS)
    create_topics(kafka, connector.heartbeat_topic)
    log = KafkaLog(kafka.bootstrap)
    try:
        with cloned_database(postgres) as dsn, capturing(connect, dsn, connector):
            return asyncio.run(play(dsn, log, connector.topic_prefix))
    finally:
        log.close()


class TestDebezium(ChangeCaptureContract):
    """The contract."""
