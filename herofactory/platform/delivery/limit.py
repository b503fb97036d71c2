"""When dead letters are no longer about single records: the limits that halt an agent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import repeat

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.signal import Signal
from herofactory.platform.delivery.status import StatusBoard


@dataclass(frozen=True, slots=True)
class DlqLimit:
    """Modelled on sentry-arroyo's DlqLimit, with a sliding window and a minimum in place of totals since the start."""

    max_ratio: float = 0.5
    """Most dead letters per record, over the last `window` records."""
    window: int = 1000
    minimum: int = 100
    """The ratio says nothing before this many records: one broken record of three is not a broken agent."""
    max_run: int = 50
    """Most dead letters in a row."""
    cool_down_s: float = 60.0
    """Seconds between the probes of a halted agent."""

    def __post_init__(self) -> None:
        if not 0 < self.max_ratio <= 1:
            raise ValueError(f"DlqLimit.max_ratio must be in (0, 1], not {self.max_ratio}")
        if not 1 <= self.minimum <= self.window:
            raise ValueError(f"DlqLimit needs 1 <= minimum <= window, not {self.minimum=}, {self.window=}")
        if self.max_run < 1 or self.cool_down_s <= 0:
            raise ValueError(f"DlqLimit needs max_run >= 1 and cool_down_s > 0: {self.max_run=}, {self.cool_down_s=}")


class Breaker:
    """Counts fates; halts the agent beyond its limit and lets one probe through per cool-down until one succeeds."""

    def __init__(self, limit: DlqLimit, clock: Clock, board: StatusBoard) -> None:
        self._limit = limit
        self._clock = clock
        self._board = board
        self._recent: deque[bool] = deque(maxlen=limit.window)
        self._dead = 0
        self._run = 0
        self._next_probe: float | None = None
        self._resumed = Signal()

    @property
    def halted(self) -> bool:
        return self._next_probe is not None

    async def enter(self) -> bool:
        """Waits while the agent is halted; True says that this record is the probe."""
        while self._next_probe is not None:
            wait = self._next_probe - self._clock.monotonic()
            if wait <= 0:
                self._next_probe = self._clock.monotonic() + self._limit.cool_down_s
                return True
            await self._resumed.wait_or(self._clock.sleep(wait))
        return False

    def passed(self, probe: bool, records: int = 1) -> None:
        """So many records succeeded."""
        if probe and self.halted:
            self.resume()
        self._recent.extend(repeat(False, records))
        self._dead = sum(self._recent) if self._dead else 0
        self._run = 0

    def admits(self, cause: str, *, counts: bool = True) -> bool:
        """Whether a record may become a dead letter. False: the agent is halted, keep the record and `enter` again."""
        if self.halted or not counts:
            return not self.halted
        self._count_dead()
        excess = self._excess()
        if excess:
            self.trip(f"{excess}; last: {cause}")
        return not excess

    def trip(self, cause: str) -> None:
        self._next_probe = self._clock.monotonic() + self._limit.cool_down_s
        self._board.halt(cause)

    def resume(self) -> None:
        self._next_probe = None
        self._recent.clear()
        self._dead = self._run = 0
        self._board.resume()
        self._resumed.fire()

    def _count_dead(self) -> None:
        if len(self._recent) == self._limit.window:
            self._dead -= self._recent[0]
        self._recent.append(True)
        self._dead += 1
        self._run += 1

    def _excess(self) -> str | None:
        seen = len(self._recent)
        if self._run > self._limit.max_run:
            return f"more than {self._limit.max_run} dead letters in a row"
        if seen >= self._limit.minimum and self._dead > self._limit.max_ratio * seen:
            return f"{self._dead} of the last {seen} records became dead letters (limit {self._limit.max_ratio:.0%})"
        return None
