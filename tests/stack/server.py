"""What every server of the stack can do; the servers themselves are in servers/."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import httpx

from tests.stack.home import Home
from tests.stack.jvm import java
from tests.stack.process import Process

POLL_S = 0.05


class StackError(RuntimeError):
    pass


class Server(ABC):
    """One server process, its folder and its port, which stay the same over stops and starts."""

    name: ClassVar[str]
    ready_within_s: ClassVar[float] = 240.0
    """Far above what was measured (3-19 s; 100 s with ten busy processes to a core): only one that will never be ready
    takes that long."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.folder = home.of(self.name)
        self._process: Process | None = None
        self._launched = 0.0
        self.ready_after_s = 0.0

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments. May write files into `folder` first."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether requests are answered. May raise while they are not."""

    def environment(self) -> Mapping[str, str]:
        return {}

    def launch(self) -> None:
        """Starts the process and returns at once. Nothing happens where it runs already."""
        if self.is_running:
            return
        self._launched = time.monotonic()
        log = self.folder / "server.log"
        self._process = Process(self.command(), log=log, folder=self.folder, environment=self.environment())
        self._home.started(self._process.pid)

    def wait(self) -> None:
        """Returns once the server is ready. Raises StackError with the end of its log."""
        deadline, last = time.monotonic() + self.ready_within_s, ""
        while True:
            try:
                if self.is_ready():
                    self.ready_after_s = round(time.monotonic() - self._launched, 1)
                    return
            except (OSError, httpx.HTTPError) as error:
                last = str(error)
            if not self.is_running:
                raise StackError(f"{self.name} ended while starting:\n{self.process.tail()}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} is not ready ({last}):\n{self.process.tail()}")
            time.sleep(POLL_S)

    def start(self) -> None:
        self.launch()
        self.wait()

    def stop(self) -> None:
        """A clean end. Safe to repeat."""
        if self._process:
            self._process.stop()

    def kill(self) -> None:
        """As a crash ends it."""
        self.process.kill()

    def pause(self) -> None:
        """Stops answering without closing a connection, as a machine that hangs does."""
        self.process.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def rss_mb(self) -> float:
        return self.process.rss_mb

    @property
    def process(self) -> Process:
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return self._process


def java_command(heap: str, class_path: str, *words: str, log4j: Path | None = None) -> list[str]:
    logging = [f"-Dlog4j2.configurationFile={log4j}"] if log4j else []
    options = [f"-Xmx{heap}", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-Djava.net.preferIPv4Stack=true"]
    return [java(), *options, *logging, "-cp", class_path, *words]


LOG4J = """rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
"""


def log4j_file(folder: Path) -> Path:
    """Warnings to the console, which is the server's log."""
    file = folder / "log4j2.properties"
    file.write_text(LOG4J, encoding="utf-8")
    return file


def properties(values: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())
