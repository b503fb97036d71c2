"""A server that speaks S3 and checks signatures: S3Proxy on a folder."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import httpx

from tests.stack.home import Home
from tests.stack.ports import HOST, free_port
from tests.stack.server import Server, java_command, properties

_LOGBACK = """<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %p %c{1}: %m%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
"""


class S3(Server):
    name: ClassVar[str] = "s3"
    access_key: ClassVar[str] = "stack"
    secret_key: ClassVar[str] = "stack-secret"

    def __init__(self, home: Home, jars: Path) -> None:
        super().__init__(home)
        self._jars = jars
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        objects = self.folder / "objects"
        objects.mkdir(exist_ok=True)
        logback, configuration = self.folder / "logback.xml", self.folder / "s3proxy.properties"
        logback.write_text(_LOGBACK, encoding="utf-8")
        values = {
            "s3proxy.endpoint": self.url,
            "s3proxy.authorization": "aws-v4",
            "s3proxy.identity": self.access_key,
            "s3proxy.credential": self.secret_key,
            "jclouds.provider": "filesystem",
            "jclouds.filesystem.basedir": objects,
        }
        configuration.write_text(properties(values), encoding="utf-8")
        class_path = f"{self.folder}:{self._jars}/*"
        return java_command("128m", class_path, "org.gaul.s3proxy.Main", "--properties", str(configuration))

    def is_ready(self) -> bool:
        """Without a signature it refuses."""
        return httpx.get(self.url, timeout=5).status_code == 403
