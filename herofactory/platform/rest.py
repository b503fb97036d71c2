"""A moment's rest for a store that failed: waiting for it in every request would make them all as slow as it is."""

from __future__ import annotations

from herofactory.platform.clock import Clock

REST_S = 1.0
"""Seconds after a failure in which the store is not asked again."""


class Rest:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = float("-inf")

    @property
    def is_on(self) -> bool:
        return self._clock.monotonic() < self._until

    def begin(self) -> None:
        self._until = self._clock.monotonic() + REST_S
