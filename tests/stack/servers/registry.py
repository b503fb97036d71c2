"""A schema registry that speaks Confluent's API and wire format: Apicurio."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import httpx

from tests.stack.home import Home
from tests.stack.jvm import java
from tests.stack.ports import HOST, free_port
from tests.stack.server import Server


class Registry(Server):
    name: ClassVar[str] = "registry"

    def __init__(self, home: Home, application: Path) -> None:
        super().__init__(home)
        self._application = application
        self.port, self._management_port = free_port(), free_port()

    @property
    def url(self) -> str:
        """What Confluent's clients want as `schema.registry.url`."""
        return f"http://{HOST}:{self.port}/apis/ccompat/v7"

    def command(self) -> list[str]:
        [runner] = [*self._application.glob("*runner.jar"), *self._application.rglob("quarkus-run.jar")]
        options = ["-Xmx384m", "-XX:+UseSerialGC", "-Djava.net.preferIPv4Stack=true"]
        options += ["-Djava.util.logging.manager=org.jboss.logmanager.LogManager"]
        return [java(), *options, "-jar", str(runner)]

    def environment(self) -> Mapping[str, str]:
        return {
            "QUARKUS_HTTP_HOST": HOST,
            "QUARKUS_HTTP_PORT": str(self.port),
            # Otherwise port 9000 on every address, where a second run's registry fails.
            "QUARKUS_MANAGEMENT_HOST": HOST,
            "QUARKUS_MANAGEMENT_PORT": str(self._management_port),
            # Ids as Confluent's: 4 bytes in front of the record.
            "APICURIO_CCOMPAT_LEGACY_ID_MODE_ENABLED": "false",
            "APICURIO_STORAGE_KIND": "sql",
            "APICURIO_STORAGE_SQL_KIND": "h2",
            "APICURIO_DATASOURCE_URL": f"jdbc:h2:file:{self.folder / 'h2'}",
            "QUARKUS_LOG_LEVEL": "WARN",
            "LOG_LEVEL": "WARN",
        }

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/subjects", timeout=5).is_success
