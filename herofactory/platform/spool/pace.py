"""When to try again while the log is down."""

from __future__ import annotations

import time

from herofactory.platform.spool.deliver import Outcome
from herofactory.platform.spool.limits import Timing
from herofactory.platform.telemetry.logging import get_logger

_log = get_logger(__name__)


class Pace:
    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._pause_s = 0.0
        self._not_before = 0.0

    @property
    def is_down(self) -> bool:
        return self._pause_s > 0

    @property
    def wait_s(self) -> float:
        """Seconds until the next attempt may be made."""
        return max(0.0, self._not_before - time.monotonic()) if self.is_down else 0.0

    def learn(self, outcome: Outcome) -> None:
        if outcome.outage is None:
            if self.is_down:
                _log.info("the event log takes observations again")
            self._pause_s = 0.0
            return
        if not self.is_down:
            _log.warning("the event log is down; observations wait in the spool", error=str(outcome.outage))
        self._pause_s = min(max(self._pause_s * 2, self._timing.first_retry_s), self._timing.longest_retry_s)
        self._not_before = time.monotonic() + self._pause_s
