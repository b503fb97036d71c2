"""Change capture in production: Kafka Connect runs Debezium with `outbox.json`, filled in by `OutboxConnector`."""

from connectors.debezium.capture import Capture
from connectors.debezium.connect import ConnectClient, ConnectError
from connectors.debezium.outbox import ConnectorError, OutboxConnector

__all__ = ["Capture", "ConnectClient", "ConnectError", "ConnectorError", "OutboxConnector"]
