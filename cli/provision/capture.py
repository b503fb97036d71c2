"""Change capture: slot and connector."""

from __future__ import annotations

from collections.abc import Sequence

from cli.errors import CliError
from connectors.debezium import Capture, ConnectClient

PLUGIN = "io.debezium.connector.postgresql.PostgresConnector"


class CaptureStep:
    name = "change capture"

    def __init__(self, capture: Capture, connect: ConnectClient) -> None:
        self._capture = capture
        self._connect = connect

    def changes(self) -> Sequence[str]:
        check_plugin(self._connect)
        return self._capture.changes()

    def apply(self) -> None:
        self._capture.apply()


def check_plugin(connect: ConnectClient) -> None:
    """Raises CliError."""
    if PLUGIN not in connect.plugins():
        raise CliError(
            f"Kafka Connect lacks {PLUGIN}: put Debezium's PostgreSQL plug-in on its plugin.path, restart it"
        )
