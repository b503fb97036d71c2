"""A server as a child that dies with this process.

Linux sends the parent-death signal when the *thread* that made the child ends. So a thread of its own makes the child
and stays as long as it lives; a server may then be started from any thread.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from herofactory.platform.postgres.account import LAUNCHER

CLEAN_S = 30.0
KILL_S = 10.0


class Process:
    """Starts at once; output goes to `log`. Raises OSError where it cannot be started."""

    def __init__(self, command: Sequence[str], *, log: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._words, self._log, self._folder, self._environment = command, log, folder, environment
        self._made = threading.Event()
        self._failure: OSError | None = None
        self._popen: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._keep, name=f"keeper of {folder.name}", daemon=True).start()
        self._made.wait()
        if self._failure:
            raise self._failure

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child.poll() is None

    @property
    def rss_mb(self) -> float:
        """Resident memory, MiB; 0 once it has ended."""
        try:
            return round(psutil.Process(self.pid).memory_info().rss / 2**20, 1)
        except psutil.NoSuchProcess:
            return 0.0

    def send(self, number: signal.Signals) -> None:
        if self.is_running:
            self._child.send_signal(number)

    def stop(self) -> None:
        """A clean end, else a hard one; bounded by 40 seconds."""
        self.send(signal.SIGTERM)
        if not self._ended_within(CLEAN_S):
            self.kill()

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        if not self._ended_within(KILL_S):
            raise RuntimeError(f"process {self.pid} in {self._folder} does not end")

    def tail(self, lines: int = 25) -> str:
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_running:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True

    @property
    def _child(self) -> subprocess.Popen[bytes]:
        assert self._popen is not None
        return self._popen

    def _keep(self) -> None:
        try:
            self._popen = self._spawn()
        except OSError as error:
            self._failure = error
            return
        finally:
            self._made.set()
        self._popen.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        account = [str(os.geteuid()), str(os.getegid())]
        owned = [sys.executable, "-I", "-S", str(LAUNCHER), "run", *account, str(os.getpid()), str(int(signal.SIGKILL))]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*owned, *self._words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", **self._environment},
                # Ctrl-C goes to the whole group; the fixtures decide when a server stops.
                start_new_session=True,
            )
