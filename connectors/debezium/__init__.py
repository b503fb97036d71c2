"""Change capture in production: Kafka Connect runs Debezium with `outbox.json`, filled in by `OutboxConnector`."""

from connectors.debezium.outbox import OutboxConnector

__all__ = ["OutboxConnector"]
