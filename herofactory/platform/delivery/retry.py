"""How often and how long an agent tries again."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# A dependency may ask for patience, but not for more than this many seconds: it is asked again after that.
MAX_RETRY_AFTER_S = 300.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    attempts: int = 3
    """Tries of a record whose error is neither an outage nor poison; then it is poison."""
    base_s: float = 0.1
    """Seconds before the first retry; doubles with each one."""
    max_s: float = 5.0
    """Most seconds between two tries during an outage, so also about how late its end is noticed."""
    pause_after_s: float = 5.0
    """Seconds of outage after which the agent's state is `paused`."""

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"RetryPolicy.attempts must be at least 1, not {self.attempts}")
        if not 0 < self.base_s <= self.max_s:
            raise ValueError(f"RetryPolicy needs 0 < base_s <= max_s, not base_s={self.base_s}, max_s={self.max_s}")

    def delay(self, failures: int, random: Random, retry_after: float | None = None) -> float:
        """Seconds to wait after the nth failure in a row: half of it fixed, half random (retries must not march)."""
        backoff = min(self.max_s, self.base_s * 2.0 ** min(failures - 1, 30))
        asked = min(retry_after or 0.0, MAX_RETRY_AFTER_S)
        return max(asked, backoff * (0.5 + random.random() / 2))
