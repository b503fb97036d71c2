"""Rate limits: the port. tests/contract/rate_limiter.py holds every adapter to it."""

from __future__ import annotations

from typing import Protocol


class RateLimiterUnavailable(RuntimeError):
    """The store behind the limits does not answer; the caller decides what is let through."""


class RateLimiter(Protocol):
    async def take(self, key: str, rate: float, burst: int) -> float:
        """One request of `key`, which may make `rate` per second on average and `burst` at once.

        0 where it is granted; otherwise the seconds until one would be, and the refusal costs nothing.
        Raises RateLimiterUnavailable.
        """
