"""Our outbox connector on one test's database and topics."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.debezium import OutboxConnector
from tests.stack.servers.connect import Connect
from tests.stack.servers.kafka import Kafka

DEADLINE_S = 60.0


def create_topics(kafka: Kafka, *names: str, partitions: int = 1) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    topics = [NewTopic(name, num_partitions=partitions, replication_factor=1) for name in names]
    for created in admin.create_topics(topics).values():
        created.result(30)


@contextmanager
def capturing(connect: Connect, dsn: str, connector: OutboxConnector) -> Iterator[None]:
    """Its slot is active from here to the end, and gone after it: a database with an active slot cannot be dropped."""
    name = connector.name
    config = dict(connector.config(dsn))
    httpx.put(f"{connect.url}/connectors/{name}/config", json=config, timeout=30).raise_for_status()
    try:
        wait_for_slot(connect, dsn, connector)
        yield
    finally:
        httpx.delete(f"{connect.url}/connectors/{name}", timeout=30).raise_for_status()
        drop_slot(dsn, connector.slot)


def wait_for_slot(connect: Connect, dsn: str, connector: OutboxConnector) -> None:
    """Connect says RUNNING before changes are captured: only the slot tells."""
    deadline = time.monotonic() + DEADLINE_S
    while not _slot_is(dsn, connector.slot, active=True):
        status = httpx.get(f"{connect.url}/connectors/{connector.name}/status", timeout=10)
        failed = [task for task in status.json().get("tasks", []) if task["state"] == "FAILED"]
        assert not failed, json.dumps(failed, indent=1)
        assert time.monotonic() < deadline, f"the slot is not active: {status.text}"
        time.sleep(0.05)


def drop_slot(dsn: str, slot: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while _slot_is(dsn, slot, active=True):
        assert time.monotonic() < deadline, f"slot {slot} stays active"
        time.sleep(0.05)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (slot,)
        )


def _slot_is(dsn: str, slot: str, *, active: bool) -> bool:
    query = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND active = %s"
    with psycopg.connect(dsn) as connection:
        return connection.execute(query, (slot, active)).fetchone() is not None
