"""Kafka Connect, distributed mode, with Debezium on its plug-in path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import httpx

from tests.stack.home import Home
from tests.stack.ports import HOST, free_port
from tests.stack.server import Server, java_command, log4j_file, properties
from tests.stack.servers.kafka import Kafka


class Connect(Server):
    """May be launched while Kafka is still starting: it waits for it."""

    name: ClassVar[str] = "connect"

    def __init__(self, home: Home, jars: Path, plugin: Path, kafka: Kafka) -> None:
        super().__init__(home)
        self._jars, self._plugin, self._kafka = jars, plugin, kafka
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        plugins = self.folder / "plugins"
        plugins.mkdir(exist_ok=True)
        link = plugins / self._plugin.name
        if not link.is_symlink():
            link.symlink_to(self._plugin)
        file = self.folder / "worker.properties"
        file.write_text(properties(self._properties(plugins)), encoding="utf-8")
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        return java_command("512m", f"{self._jars}/*", main, str(file), log4j=log4j_file(self.folder))

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/connectors", timeout=5).is_success

    def _properties(self, plugins: Path) -> Mapping[str, object]:
        stores = ("config", "offset", "status")
        return {
            "bootstrap.servers": self._kafka.bootstrap,
            "group.id": "herofactory-connect",
            "listeners": self.url,
            "rest.advertised.host.name": HOST,
            "rest.advertised.port": self.port,
            **{f"{store}.storage.topic": f"_connect-{store}s" for store in stores},
            **{f"{store}.storage.replication.factor": 1 for store in stores},
            "offset.storage.partitions": 1,
            "status.storage.partitions": 1,
            "offset.flush.interval.ms": 1000,
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
            "scheduled.rebalance.max.delay.ms": 0,
            "connector.client.config.override.policy": "All",
            # Without it every jar is scanned: 7.5 s instead of 3.
            "plugin.discovery": "service_load",
            "plugin.path": plugins,
        }
