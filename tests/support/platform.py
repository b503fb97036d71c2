"""The whole platform in real processes, as `hero up` runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

from cli.supervise.state import RunState, read

HERO = (sys.executable, "-m", "cli.main")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def hero(arguments: Sequence[str], folder: Path, port: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*HERO, *arguments],
        env={**os.environ, "HERO_DATA": str(folder), "PORT": str(port), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def until(condition: Callable[[], Any], what: str, within_s: float = 60.0) -> Any:
    """The first value of `condition` that is true."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.05)
    return value


class Platform:
    """Use it with `with`: at the end it is stopped, however the test went."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.output = folder.with_name(f"{folder.name}.out")

    def __enter__(self) -> Platform:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*HERO, "up", "--no-sample", "--data", str(self.folder), "--port", str(self.port)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(45)

    def serving(self) -> Platform:
        """Wait until every part serves."""
        until(lambda: self._is_serving() or self._has_ended(), f"serving; said: {self.said()}")
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.output.read_text()

    def run_state(self) -> RunState:
        state: RunState = until(lambda: read(self.folder), "run.json")
        return state

    def pid_of(self, part: str) -> int:
        """Of a part that runs."""

        def pid() -> int | None:
            return next((each.pid for each in self.run_state().parts if each.name == part), None)

        found: int = until(pid, f"{part} runs")
        return found

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all below it."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def hero(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return hero(arguments, self.folder, self.port, **environment)

    def hero_json(self, *arguments: str) -> Any:
        done = self.hero(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def ready(self) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=5).json()
        except (httpx.HTTPError, ValueError):
            return {"status": "starting"}
        return answer

    def _is_serving(self) -> bool:
        return self.ready()["status"] in ("ready", "degraded")

    def _has_ended(self) -> bool:
        return self.process.poll() is not None


def all_gone(processes: Sequence[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)
