"""A part of the platform: a process that is there again whenever it ended."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

from cli.supervise.process import Command, describe, spawn

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 1.0
"""A part that is killed has to be back within two seconds; starting takes the other one."""
SETTLED_S = 10.0
"""A part that lived this long starts again without delay."""


class Part:
    def __init__(self, name: str, command: Command, *, grace_s: float, say: Callable[[str], None]) -> None:
        """`grace_s`: how long it may take to end in an orderly way."""
        self.name = name
        self.grace_s = grace_s
        self.restarts = 0
        self._command = command
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._started = self._due = 0.0
        self._delay = FIRST_DELAY_S

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def state(self) -> str:
        return "running" if self._process else "restarting"

    def start(self) -> None:
        self._process = spawn(self._command)
        self._started = time.monotonic()

    def tend(self) -> bool:
        """Notice its end, or start it again once that is due. Whether anything changed."""
        now = time.monotonic()
        if self._process is None:
            if now < self._due:
                return False
            self.start()
            self._say(f"{self.name} started again as process {self.pid}")
            return True
        status = self._process.poll()
        if status is None:
            return False
        self._ended(status, now)
        return True

    def restart(self) -> None:
        """End it; `tend` then starts it again."""
        if self._process:
            self._process.terminate()

    def stop(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask it to end; after its grace, or when `hurried`, kill it."""
        if self._process:
            end(self._process, self.grace_s, hurried)
            self._process = None

    def _ended(self, status: int, now: float) -> None:
        lived = now - self._started
        self._delay = next_delay(self._delay, lived)
        self._due = now + self._delay
        self._process = None
        self.restarts += 1
        log = f" (see {self._command.log})" if self._command.log else ""
        self._say(f"{self.name} ended after {lived:.0f} s: {describe(status)}{log}")


def next_delay(delay: float, lived_s: float) -> float:
    """Seconds before the next start, after a part that waited `delay` before this one and then lived `lived_s`."""
    return FIRST_DELAY_S if lived_s >= SETTLED_S else min(2 * delay, LONGEST_DELAY_S)


def end(process: subprocess.Popen[str], grace_s: float, hurried: Callable[[], bool] = lambda: False) -> int:
    """Ask a child of ours to end, and kill it when it does not. Returns its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while process.poll() is None:
        if time.monotonic() >= deadline or hurried():
            process.kill()
            break
        time.sleep(0.02)
    return process.wait()
