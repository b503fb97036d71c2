"""Elasticsearch's core with nori, run by our own launcher (tests/stack/java). For tests only: never ship it.

Left out with the modules that are not published as libraries: Painless, `_reindex`, `_update_by_query`,
`_delete_by_query`, ingest processors, ILM, ES|QL, transforms, API keys, search_as_you_type.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import httpx

from tests.stack.home import Home
from tests.stack.ports import HOST, free_port
from tests.stack.server import Server, java_command, log4j_file

SETTINGS = """cluster.name: herofactory-stack
node.name: stack
discovery.type: single-node
network.host: {host}
http.port: {port}
transport.port: {transport_port}
path.data: {data}
path.logs: {logs}
http.type: netty4
transport.type: netty4
action.auto_create_index: "logs-*,.*"
# Marks in gigabytes: percentages would turn an almost full disk of a test machine into a read-only index.
cluster.routing.allocation.disk.watermark.low: 300mb
cluster.routing.allocation.disk.watermark.high: 200mb
cluster.routing.allocation.disk.watermark.flood_stage: 100mb
cluster.info.update.interval: 10s
"""


class Elasticsearch(Server):
    name: ClassVar[str] = "elasticsearch"

    def __init__(self, home: Home, parts: Path) -> None:
        super().__init__(home)
        self._parts = parts
        self.port, self._transport_port = free_port(), free_port()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        for name in ("modules", "plugins"):
            link = self.folder / name
            if not link.is_symlink():
                link.symlink_to(self._parts / name)
        self._configure()
        words = java_command(
            "512m", f"{self._parts}/lib/*", "herofactory.stack.Launcher", str(self.folder), log4j=self._log4j()
        )
        # The vector library is a file of the distribution; without it plain Java computes.
        natives = ["-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false", "--enable-native-access=ALL-UNNAMED"]
        return [words[0], *natives, f"-Des.path.home={self.folder}", *words[1:]]

    def is_ready(self) -> bool:
        answer = httpx.get(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5)
        return answer.is_success and not answer.json()["timed_out"]

    def _configure(self) -> None:
        config = self._config
        text = SETTINGS.format(
            host=HOST,
            port=self.port,
            transport_port=self._transport_port,
            data=self.folder / "data",
            logs=self.folder / "logs",
        )
        (config / "elasticsearch.yml").write_text(text, encoding="utf-8")

    @property
    def _config(self) -> Path:
        config = self.folder / "config"
        config.mkdir(exist_ok=True)
        return config

    def _log4j(self) -> Path:
        return log4j_file(self._config)
