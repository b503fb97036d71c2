"""How far a replay is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from herofactory.platform.clock import Clock

WINDOW_S = 15.0
"""That the rate is taken over."""


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int
    rate: float
    """Records per second of late."""
    eta_s: float | None
    """None while nothing moves."""
    live_lag_s: float
    waiting: str | None
    """Why nothing moves: live agents are behind, or a dependency is down."""
    set_aside: int = 0
    """Dead letters of this run."""


class Meter:
    def __init__(self, clock: Clock, total: int) -> None:
        self._clock, self._total = clock, total
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, done: int, live_lag_s: float, waiting: str | None, set_aside: int = 0) -> Progress:
        now = self._clock.monotonic()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW_S:
            self._seen.popleft()
        began, before = self._seen[0]
        rate = (done - before) / (now - began) if now > began else 0.0
        left = max(0, self._total - done)
        eta_s = left / rate if rate > 0 else None
        return Progress(done, self._total, rate, eta_s, live_lag_s, waiting, set_aside)
