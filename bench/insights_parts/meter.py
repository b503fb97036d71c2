"""What every measured program prints: from its first event to its last. Standard library only, for other venvs."""

from __future__ import annotations

import json
import time


class Meter:
    """Counts to `events`; the clock starts with the first ones."""

    def __init__(self, events: int) -> None:
        self._wanted = events
        self._events = 0
        self._began: tuple[float, float] | None = None

    def begin(self) -> None:
        if self._began is None:
            self._began = (time.perf_counter(), time.process_time())

    def add(self, events: int) -> bool:
        """True: that was all."""
        self._events += events
        return self._events >= self._wanted

    def tell(self, **more: object) -> None:
        """The one line that the parent reads."""
        assert self._began is not None, "nothing came"
        seconds, busy = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        told = {"events": self._events, "seconds": round(seconds, 3), "cpu_s": round(busy, 3), **more}
        print(json.dumps(told), flush=True)
