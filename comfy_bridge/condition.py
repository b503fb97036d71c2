"""How a server is: judged from what it answers and from what the jobs followed there have shown."""

from __future__ import annotations

from typing import Any, Protocol

from comfy_bridge.client import ComfyClient
from comfy_bridge.health import Health
from comfy_bridge.preflight import Preflight, inspect
from comfy_bridge.queue import Queue
from comfy_bridge.wire import Unreachable
from herofactory.platform.clock import Clock
from herofactory.studio.presets.preset import Preset


class Moving(Protocol):
    last_progress: float
    """Monotonic seconds."""


class Condition:
    def __init__(self, client: ComfyClient, presets: tuple[Preset, ...], clock: Clock) -> None:
        self.preflight = Preflight()
        self._client = client
        self._presets = presets
        self._clock = clock
        self._known = False  # whether the preflight is of the server that runs now
        self._followed: dict[str, Moving] = {}
        self._running: str | None = None
        self._running_since = 0.0

    async def inspect(self) -> None:
        """Keeps what was known where the server cannot be reached."""
        try:
            self.preflight = await inspect(self._client, self._presets)
            self._known = True
        except Unreachable:
            self._known = False

    async def ensure(self) -> None:
        """Inspects where what is known may be of a server that no longer runs."""
        if not self._known:
            await self.inspect()

    def doubt(self) -> None:
        """The server did not do as the preflight said: the next look asks it anew."""
        self._known = False

    def watch(self, remote_id: str, following: Moving) -> None:
        self._followed[remote_id] = following

    def unwatch(self, remote_id: str) -> None:
        self._followed.pop(remote_id, None)

    async def look(self) -> Health:
        try:
            stats = await self._client.stats()
            queue = await self._client.queue()
        except Unreachable as error:
            self._known = False
            return Health("down", f"{error}; is ComfyUI running at {self._client.endpoint.base}?")
        await self.ensure()
        return self._judge(stats, queue)

    def _judge(self, stats: Any, queue: Queue) -> Health:
        seen = _Seen(len(queue.running), len(queue.pending), stats)
        silent = self._silent(queue)
        if silent >= self._client.limits.stuck_s:
            return seen.health(self.preflight, "stuck", f"{silent:.0f} s without progress; restart ComfyUI")
        if len(queue.pending) >= self._client.limits.queue_full:
            return seen.health(self.preflight, "queue_full", f"{len(queue.pending)} jobs wait")
        if self.preflight.lacking or not self._known:
            return seen.health(
                self.preflight, "model_missing", self.preflight.summary() or "its nodes are not known yet"
            )
        return seen.health(self.preflight, "ok", "")

    def _silent(self, queue: Queue) -> float:
        """Seconds since the running job was first seen, or showed progress where it is one of those followed."""
        running = queue.running[0] if queue.running else None
        now = self._clock.monotonic()
        if running is None or running != self._running:
            self._running, self._running_since = running, now
        following = self._followed.get(running) if running else None
        return now - max(self._running_since, following.last_progress if following else 0.0)


class _Seen:
    def __init__(self, running: int, pending: int, stats: Any) -> None:
        self._running, self._pending = running, pending
        self._version = _text(_of(stats.get("system"), "comfyui_version"))
        devices = stats.get("devices")
        self._device = _text(_of(devices[0], "name") if isinstance(devices, list) and devices else None)

    def health(self, preflight: Preflight, state: Any, detail: str) -> Health:
        return Health(state, detail, self._running, self._pending, preflight.lacking, self._version, self._device)


def _of(fields: Any, name: str) -> Any:
    return fields.get(name) if isinstance(fields, dict) else None


def _text(value: Any) -> str:
    return str(value or "")[:120]
