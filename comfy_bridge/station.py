"""A server and the jobs a bridge has there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from comfy_bridge.attempt import Attempt
from comfy_bridge.backend import Backend
from comfy_bridge.health import Health
from herofactory.platform.telemetry.logging import get_logger

LOOK_S = 5.0
"""Seconds between two looks at a server's health."""
SLOTS: Mapping[str, int] = {"comfyui": 2, "preview": 1}
"""One that runs and one ahead, so that a server never waits for us and a cancel is instant; a CPU takes no turns."""


@dataclass(eq=False, slots=True)
class Station:
    backend: Backend
    health: Health = field(default_factory=lambda: Health("down", "not looked at yet"))
    attempts: dict[asyncio.Task[None], Attempt] = field(default_factory=dict)
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be something to take."""
    doubted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server should be looked at before its time."""

    @property
    def slots(self) -> int:
        return SLOTS[self.backend.kind]

    @property
    def is_free(self) -> bool:
        return self.health.serving and len(self.attempts) < self.slots

    def served(self, presets: Iterable[str]) -> list[str]:
        return [preset for preset in presets if self.backend.serves(preset)]

    async def watch(self) -> None:
        """Looks at the server again and again; a server that comes back is given work at once."""
        await self.backend.start()
        while True:
            self.doubted.clear()
            was, self.health = self.health.serving, await self.backend.health()
            if self.health.serving and not was:
                self.turn.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self.doubted.wait()

    def begin(self, attempt: Attempt) -> None:
        task = asyncio.create_task(attempt.run(), name=f"job {attempt.job.id}")
        self.attempts[task] = attempt
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if self.attempts.pop(task).unreachable:
            # Until it was looked at: a server that is away must not use up the attempts of one job after the other.
            self.health = Health("down", "it could not be reached for a job")
            self.doubted.set()
        self.turn.set()
        if not task.cancelled() and (error := task.exception()):
            get_logger(__name__).error("work on a job broke off", error=repr(error))

    def told(self) -> Mapping[str, Any]:
        return {
            "server": self.backend.server,
            "kind": self.backend.kind,
            "state": self.health.state,
            "detail": self.health.detail,
            "running": self.health.running,
            "pending": self.health.pending,
            "ours": len(self.attempts),
            "lacking": {preset: list(names) for preset, names in self.health.lacking.items()},
        }
