"""aiokafka's consumer as an app's settings ask for it."""

from __future__ import annotations

import logging
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from streams.kafka.errors import translation

NEVER_MS = 2**31 - 1
LEAST_FETCH = 2**20
USUAL_BYTES = 2_048
"""Of a record, at most: of our events only whole items are larger."""


async def connect(app: Any, transport: Any) -> AIOKafkaConsumer:
    """Connected, without a subscription. Raises LogUnavailable."""
    # Warns at every heartbeat of every rebalance, which is how a worker learns of it.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.ERROR)
    client = AIOKafkaConsumer(**_settings(app, transport))
    with translation("Connecting to Kafka"):
        try:
            await client.start()
        except KafkaError:
            await client.stop()
            raise
    return client


def _settings(app: Any, transport: Any) -> dict[str, Any]:
    conf = app.conf
    # Tables are recovered by what Faust's assignor says of their changelogs; agents without tables need none of that.
    assignor = app.assignor if app.tables.changelog_topics else RoundRobinPartitionAssignor
    heartbeat = min(conf.broker_heartbeat_interval, conf.broker_session_timeout / 3)
    return {
        "client_id": conf.broker_client_id,
        "group_id": None if app.client_only else conf.id,
        "bootstrap_servers": transport.servers,
        "partition_assignment_strategy": [assignor],
        "enable_auto_commit": False,
        "auto_offset_reset": conf.consumer_auto_offset_reset,
        # An agent that waits for a dependency fetches nothing, maybe for hours, and stays a member.
        "max_poll_interval_ms": NEVER_MS,
        "rebalance_timeout_ms": int(conf.broker_rebalance_timeout * 1000),
        "session_timeout_ms": int(conf.broker_session_timeout * 1000),
        "heartbeat_interval_ms": int(heartbeat * 1000),
        "request_timeout_ms": int(conf.broker_request_timeout * 1000),
        "fetch_max_wait_ms": transport.fetch_wait_ms,
        # One answer shall hold a chunk: between two of them lies a round trip, and nothing is read ahead meanwhile.
        "max_partition_fetch_bytes": max(LEAST_FETCH, transport.chunk * USUAL_BYTES),
        "isolation_level": "read_committed",
        "check_crcs": conf.broker_check_crcs,
        "metadata_max_age_ms": conf.consumer_metadata_max_age_ms,
        "connections_max_idle_ms": conf.consumer_connections_max_idle_ms,
        **credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
    }
