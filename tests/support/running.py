"""The whole platform as a user runs it: `hero up` in a process of its own, driven from outside only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

HERO = Path(sys.executable).with_name("hero")
PARTS = ("relay", "worker", "bridge", "api")
READY = ("ready", "degraded")
READY_S = 60.0
STOP_S = 30.0
LOOK_S = 0.15
"""Between two questions whether it is ready: an answer takes milliseconds that the start needs itself."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def data_folder(*, keep_on_error: bool = True) -> Iterator[Path]:
    """A folder that PostgreSQL's account can enter. It stays after an error, whose message should name it."""
    folder = Path(tempfile.mkdtemp(prefix="hero-run-"))
    folder.chmod(0o711)
    try:
        yield folder
    except BaseException:
        if not keep_on_error:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


class RunningPlatform:
    """Started and stopped by whoever made it; `end` leaves no process behind, whatever happened."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = data.with_name(data.name + ".out")
        self._environment = {**os.environ, **(settings or {}), "HERO_DATA": str(data), "PORT": str(self.port)}
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._seen: dict[tuple[int, float], psutil.Process] = {}

    @property
    def supervisor(self) -> psutil.Process:
        assert self._supervisor is not None, "not started"
        return psutil.Process(self._supervisor.pid)

    def start(self, *options: str, ready_s: float = READY_S, wait_for: Collection[str] = READY) -> float:
        """Start it and wait until its health is one of `wait_for`; returns the seconds that took."""
        began = time.monotonic()
        with self.output.open("ab") as output:
            self._supervisor = subprocess.Popen(
                [HERO, "up", *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._environment
            )
        self.wait_ready(ready_s, wait_for)
        return time.monotonic() - began

    def wait_ready(self, within_s: float = READY_S, wait_for: Collection[str] = READY) -> None:
        deadline = time.monotonic() + within_s
        answer = "nothing"
        with httpx.Client(base_url=self.url, trust_env=False, timeout=5) as client:
            while time.monotonic() < deadline:
                assert self._supervisor is not None
                assert self._supervisor.poll() is None, f"hero up ended with {self._supervisor.poll()}:\n{self.tail()}"
                with suppress(httpx.HTTPError, ValueError):
                    found = client.get("/health/ready")
                    if found.json()["status"] in wait_for:
                        return
                    answer = found.text
                time.sleep(LOOK_S)
        raise AssertionError(f"not {'/'.join(wait_for)} within {within_s} s; it says {answer}\n{self.tail()}")

    def stop(self) -> float:
        """As Ctrl-C does; returns the seconds it took. Fails where a process is left."""
        assert self._supervisor is not None
        self._note()
        began = time.monotonic()
        self._supervisor.send_signal(signal.SIGINT)
        self._supervisor.wait(STOP_S)
        took = time.monotonic() - began
        self._wait_gone()
        return took

    def kill_supervisor(self) -> None:
        """kill -9, then wait until everything that it started has ended by itself."""
        assert self._supervisor is not None
        self._note()
        self._supervisor.kill()
        self._supervisor.wait()
        self._wait_gone()

    def end(self) -> None:
        """Whatever state it is in, leave no process that this platform started."""
        with suppress(psutil.Error, AssertionError):
            self._note()
        if self._supervisor and self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGINT)
            try:
                self._supervisor.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
                self._supervisor.wait()
        for process in self._seen.values():
            with suppress(psutil.Error):
                if _lives(process):
                    process.kill()

    def processes(self) -> list[psutil.Process]:
        """Everything the platform consists of now, the supervisor first."""
        return [self.supervisor, *self.supervisor.children(recursive=True)]

    def part(self, name: str) -> psutil.Process | None:
        """relay, worker, api, postgres (the postmaster) or backend (a connection); None while it is not up."""
        if name == "backend":
            return next(iter(self._backends()), None)
        for child in self.supervisor.children():
            with suppress(psutil.Error):
                line = child.cmdline()
                if line[-1:] == [name] if name in PARTS else _is_postmaster(line):
                    return child
        return None

    def hero(self, *arguments: str, within_s: float = 120) -> str:
        """What a command prints. Raises CalledProcessError."""
        return subprocess.run(
            [HERO, *arguments], env=self._environment, check=True, capture_output=True, text=True, timeout=within_s
        ).stdout

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that runs on its own; the caller ends it."""
        return subprocess.Popen(
            [HERO, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def token(self, user: str, role: str = "user") -> str:
        return self.hero("token", "issue", "--user", user, "--role", role).split()[-1]

    def dsn(self) -> str:
        folder = self.data / "postgres"
        port, password = ((folder / name).read_text().strip() for name in ("port", "password"))
        return f"host=127.0.0.1 port={port} user=postgres password={password} dbname=herofactory sslmode=disable"

    def tail(self, lines: int = 60) -> str:
        """The end of every log, to find causes in."""
        logs = [self.output, *sorted((self.data / "logs").glob("*.log"))]
        return "\n".join(f"--- {log.name}\n{_tail(log, lines)}" for log in logs if log.exists())

    def _backends(self) -> list[psutil.Process]:
        postmaster = self.part("postgres")
        if postmaster is None:
            return []
        with suppress(psutil.Error):
            return [each for each in postmaster.children() if "127.0.0.1" in " ".join(each.cmdline())]
        return []

    def _note(self) -> None:
        for process in self.processes():
            with suppress(psutil.Error):
                self._seen[process.pid, process.create_time()] = process

    def _wait_gone(self, within_s: float = STOP_S) -> None:
        deadline = time.monotonic() + within_s
        while left := [process for process in self._seen.values() if _lives(process)]:
            assert time.monotonic() < deadline, f"still there {within_s} s after the supervisor ended: {left}"
            time.sleep(0.05)
        self._seen.clear()


def _is_postmaster(line: list[str]) -> bool:
    return bool(line) and line[0].endswith("/postgres") and "-D" in line


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _tail(log: Path, lines: int) -> str:
    """Without what went well."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join([line for line in text.splitlines() if '"level": "info"' not in line][-lines:])
