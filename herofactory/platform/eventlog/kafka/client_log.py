"""What librdkafka has to say, without the twenty lines a second it says while a broker is away."""

from __future__ import annotations

import logging
import time

QUIET_S = 10.0


class Seldom(logging.Filter):
    """Lets one line of each kind (librdkafka's first word: FAIL, GETPID, ...) through in `QUIET_S`."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = record.getMessage().partition(" ")[0], time.monotonic()
        if now - self._last.get(kind, -QUIET_S) < QUIET_S:
            return False
        self._last[kind] = now
        return True


logger = logging.getLogger("herofactory.platform.eventlog.kafka.client")
logger.addFilter(Seldom())
