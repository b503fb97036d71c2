"""Signals as something a loop can wait for."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Asked to stop while `interrupting`; a BaseException, so that no handler of errors takes it for one."""


class Signals:
    """Use in the main thread. `stops` counts how often somebody asked to stop; children that end wake `wait` too."""

    def __init__(self) -> None:
        self.stops = 0
        self._interrupting = False
        self._reader, writer = os.pipe()
        for descriptor in (self._reader, writer):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        # Said explicitly: a shell starts background jobs with SIGINT ignored, and nohup does so with SIGHUP.
        for number in STOPS:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or earlier when a signal came."""
        select.select([self._reader], [], [], seconds)
        with suppress(BlockingIOError):
            while os.read(self._reader, 512):
                pass

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Inside, a wish to stop raises Stopped at once: for work that knows how to clean up after itself."""
        if self.stops:
            raise Stopped
        self._interrupting = True
        try:
            yield
        finally:
            self._interrupting = False

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1
        if self._interrupting:
            self._interrupting = False
            raise Stopped
