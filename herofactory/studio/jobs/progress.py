"""How far a job is, told at most twice a second to whoever watches. What must not be lost is in its row."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from herofactory.platform.clock import Clock
from herofactory.platform.progress.port import ProgressBus
from herofactory.studio.jobs.job import Job

INTERVAL_S = 0.5
PREVIEW_BYTES = 4_500
"""Of a preview as it travels; in base64 it takes a third more, and a value has 7,000 bytes in all."""
Shrink = Callable[[bytes], Awaitable[bytes]]
"""A preview small enough, or nothing."""
Reached = Callable[[Job, str, float], None]
"""Told of a job's stages and how many percent they begin at; never waits, never raises."""


def channel(job_id: UUID) -> str:
    return f"generation:{job_id}"


class Teller:
    """Of one job under one fence. `note` as often as one likes; `tell` publishes what is new."""

    def __init__(
        self, bus: ProgressBus, clock: Clock, job: Job, shrink: Shrink, reached: Reached | None = None
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._job = job
        self._shrink = shrink
        self._reached = reached
        self._reported = ""
        self._reported_at = float("-inf")
        self._preview: bytes | None = None
        self._changed = True
        self._told_at = float("-inf")
        self.stage = job.stage or "preparing"
        self.percent = job.percent

    def note(self, stage: str, percent: float, preview: bytes | None = None) -> None:
        """A Report. Percent never falls."""
        highest = max(self.percent, min(percent, 100.0))
        self._changed |= preview is not None or (stage, highest) != (self.stage, self.percent)
        self.stage, self.percent, self._preview = stage, highest, preview or self._preview
        self._report()

    async def tell(self) -> None:
        self._report()
        now = self._clock.monotonic()
        if not self._changed or now - self._told_at < INTERVAL_S:
            return
        self._changed, self._told_at = False, now
        preview, self._preview = self._preview, None
        value: dict[str, Any] = {"fence": self._job.fence, "stage": self.stage, "percent": round(self.percent, 1)}
        if preview and (small := await self._shrink(preview)):
            value["preview"] = base64.b64encode(small).decode()
        await self._bus.publish(channel(self._job.id), value)

    async def ended(self) -> None:
        """Whoever watches looks at the row at once."""
        await self._bus.publish(channel(self._job.id), {"fence": self._job.fence, "ended": True})

    def _report(self) -> None:
        """A new stage; of several within one interval the last."""
        now = self._clock.monotonic()
        if self._reached is None or self.stage == self._reported or now - self._reported_at < INTERVAL_S:
            return
        self._reported, self._reported_at = self.stage, now
        self._reached(self._job, self.stage, self.percent)
