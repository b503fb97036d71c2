"""Follows one job to its end: the socket tells soon, /history and /queue tell truly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comfy_bridge.client import ComfyClient, Look
from comfy_bridge.faults import failed, unavailable
from comfy_bridge.history import Entry
from comfy_bridge.messages import Event, Preview
from comfy_bridge.progress import Progress
from comfy_bridge.socket import Socket
from comfy_bridge.wire import Unreachable
from herofactory.platform.clock import Clock
from herofactory.studio.rendering.port import RenderError, Report

ENDS = frozenset({"execution_success", "execution_error", "execution_interrupted"})


@dataclass(frozen=True, slots=True)
class Job:
    prompt_id: str
    graph: Mapping[str, Any]
    progress: Progress


class Following:
    """One `run` per object. `last_progress` is read by the look at the server's health."""

    def __init__(self, client: ComfyClient, job: Job, report: Report, clock: Clock) -> None:
        self._client = client
        self._limits = client.limits
        self._job = job
        self._report = report
        self._clock = clock
        self._wake = asyncio.Event()
        self._ours = False  # between the start of our job and its end: previews without an id are ours
        self._absent = 0
        self._absent_since = 0.0
        self._away_since: float | None = None
        self._running_since: float | None = None
        self.last_progress = clock.monotonic()

    async def run(self, socket: Socket | None) -> Entry:
        """The history's entry of a job that succeeded. Raises RenderError otherwise."""
        self._job.progress.sent()
        self._tell()
        listening = asyncio.create_task(self._listen(socket)) if socket else None
        try:
            return await self._poll()
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])  # our own cancellation passes
                if not listening.cancelled():
                    listening.result()

    async def _poll(self) -> Entry:
        while True:
            if (entry := self._judge(await self._look())) is not None:
                return self._ended(entry)
            await self._pause()

    async def _pause(self) -> None:
        """Until something was heard, at most one poll's time. A wake that came meanwhile counts."""
        # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that comes together with the wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.poll_s):
                await self._wake.wait()
        self._wake.clear()

    async def _look(self) -> Look | None:
        try:
            look = await self._client.look(self._job.prompt_id)
        except Unreachable as error:
            self._away(error)
            return None
        self._away_since = None
        return look

    def _away(self, error: Unreachable) -> None:
        now = self._clock.monotonic()
        self._away_since = now if self._away_since is None else self._away_since
        if now - self._away_since >= self._limits.outage_s:
            raise unavailable(error) from error

    def _judge(self, look: Look | None) -> Entry | None:
        if look is None:
            return None
        self._missed(look.absent)
        if look.running:
            self._runs()
        return look.entry

    def _missed(self, absent: bool) -> None:
        """Looks that were hurried by the socket follow each other within milliseconds: time must pass between, too."""
        now = self._clock.monotonic()
        self._absent_since = self._absent_since if absent and self._absent else now
        self._absent = self._absent + 1 if absent else 0
        waited = now - self._absent_since >= self._limits.poll_s * (self._limits.blind_polls - 1)
        if self._absent >= self._limits.blind_polls and waited:
            raise RenderError("LOST", "the server knows nothing of the job")

    def _runs(self) -> None:
        now = self._clock.monotonic()
        if self._running_since is None:
            self._running_since = now
            self._moved(self._job.progress.started)
        if now - self._running_since >= self._limits.run_s:
            raise RenderError("TIMEOUT", f"the server worked on it for more than {self._limits.run_s:.0f} s")

    def _ended(self, entry: Entry) -> Entry:
        if entry.interrupted:
            raise RenderError("CANCELLED", "the work was interrupted")
        if entry.failed:
            raise failed(entry.error, self._job.graph)
        return entry

    async def _listen(self, socket: Socket) -> None:
        async for message in socket.messages():
            if isinstance(message, Preview):
                self._preview(message)
            elif message.prompt_id == self._job.prompt_id:
                self._event(message)

    def _event(self, event: Event) -> None:
        ended = event.type in ENDS or (event.type == "executing" and event.data.get("node") is None)
        self._ours = not ended
        self._moved(lambda: self._job.progress.take(event))
        if ended:
            # The history may not have it yet: the look after this one will.
            self._wake.set()

    def _preview(self, preview: Preview) -> None:
        ours = preview.prompt_id == self._job.prompt_id if preview.prompt_id is not None else self._ours
        if ours and len(preview.image) <= self._limits.preview_bytes:
            self._tell(preview.image)

    def _moved(self, change: Callable[[], object]) -> None:
        progress = self._job.progress
        before = (progress.stage, progress.percent)
        change()
        if (progress.stage, progress.percent) != before:
            self.last_progress = self._clock.monotonic()
            self._tell()

    def _tell(self, preview: bytes | None = None) -> None:
        self._report(self._job.progress.stage, self._job.progress.percent, preview)
