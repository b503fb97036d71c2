"""One ComfyUI server as a backend: submits, follows, cancels, and knows how the server is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from comfy_bridge.client import ComfyClient
from comfy_bridge.condition import Condition
from comfy_bridge.ending import ended
from comfy_bridge.endpoint import Endpoint
from comfy_bridge.faults import unavailable
from comfy_bridge.follow import Following, Job
from comfy_bridge.graph import Built
from comfy_bridge.health import Health
from comfy_bridge.history import Entry, Output
from comfy_bridge.limits import Limits
from comfy_bridge.progress import Progress
from comfy_bridge.socket import Socket
from comfy_bridge.templates.binding import TemplateError
from comfy_bridge.values import graph_of
from comfy_bridge.wire import Unreachable
from herofactory.platform.clock import Clock, SystemClock
from herofactory.studio.presets.preset import Preset, presets
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask, Report

DEFAULTS: Final = Limits()


@dataclass(slots=True)
class _Sent:
    """What this process knows beyond the id: lost with it, and not needed to go on."""

    graph: Mapping[str, Any]
    socket: Socket | None
    cancelled: bool = False


class ComfyBackend:
    kind: Final = "comfyui"

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits = DEFAULTS,
        clock: Clock | None = None,
        looks: Iterable[Preset] | None = None,
    ) -> None:
        """`looks`: the presets to serve; all there are where not given."""
        self.server = endpoint.base
        self._clock = clock or SystemClock()
        self._limits = limits
        self._client = ComfyClient(endpoint, limits)
        self._condition = Condition(self._client, tuple(looks or presets().values()), self._clock)
        self._sent: dict[str, _Sent] = {}

    async def start(self) -> None:
        await self._condition.inspect()

    async def aclose(self) -> None:
        for sent in list(self._sent.values()):
            await _close(sent.socket)
        self._sent.clear()
        await self._client.aclose()

    def serves(self, preset: str) -> bool:
        return preset in self._condition.preflight.served

    async def health(self) -> Health:
        return await self._condition.look()

    async def submit(self, task: RenderTask, wanted: str | None = None) -> str:
        try:
            return await self._submit(task, wanted)
        except Unreachable as error:
            raise unavailable(error) from error

    async def _submit(self, task: RenderTask, wanted: str | None) -> str:
        name = wanted or str(task.job_id)
        if wanted is not None and not (await self._client.look(wanted)).absent:
            return wanted
        await self._condition.ensure()
        built = self._built(task, await self._uploaded(task), name)
        return await self._enqueue(built.graph, name)

    async def _enqueue(self, graph: Mapping[str, Any], wanted: str) -> str:
        socket = self._client.socket()
        opened = await socket.open()
        try:
            given = await self._given(graph, socket.client_id, wanted)
        except BaseException as error:
            if isinstance(error, RenderError):
                self._condition.doubt()
            await socket.aclose()
            raise
        self._sent[given] = _Sent(graph, socket if opened else None)
        return given

    async def _given(self, graph: Mapping[str, Any], client_id: str, wanted: str) -> str:
        """Without a reply the server may have it nevertheless."""
        try:
            return await self._client.enqueue(graph, client_id, wanted)
        except Unreachable:
            if (await self._client.look(wanted)).absent:
                raise
            return wanted

    async def follow(self, remote_id: str, task: RenderTask, report: Report) -> list[RawImage]:
        built = self._built(task, None if task.sketch is None else "", remote_id)
        sent = self._sent.setdefault(remote_id, _Sent(built.graph, None))
        job = Job(remote_id, sent.graph, Progress(built.weights, built.stages))
        following = Following(self._client, job, report, self._clock)
        self._condition.watch(remote_id, following)
        try:
            entry = await following.run(sent.socket)
            return await self._pictures(entry, built, task)
        except Unreachable as error:
            raise unavailable(error) from error
        except RenderError as error:
            raise await self._given_up(remote_id, sent, error) from error
        finally:
            self._condition.unwatch(remote_id)
            self._sent.pop(remote_id, None)
            await _close(sent.socket)

    async def _given_up(self, remote_id: str, sent: _Sent, error: RenderError) -> RenderError:
        if error.cause == "TIMEOUT":
            await self._end(remote_id)
        if error.cause in ("MODEL_MISSING", "BACKEND_UNAVAILABLE"):
            self._condition.doubt()
        return ended(error, sent.cancelled)

    async def cancel(self, remote_id: str) -> bool:
        if (sent := self._sent.get(remote_id)) is not None:
            sent.cancelled = True
        return await self._end(remote_id)

    async def _end(self, remote_id: str) -> bool:
        """Asks until the job is in neither place: one that waited may start to run in between."""
        deadline = self._clock.monotonic() + self._limits.cancel_s
        while self._clock.monotonic() < deadline:
            try:
                await self._client.end(remote_id)
                look = await self._client.look(remote_id)
            except Unreachable:
                await self._clock.sleep(self._limits.poll_s)
                continue
            if look.absent or look.entry is not None:
                return True
            await self._clock.sleep(self._limits.poll_s / 4)
        return False

    async def _pictures(self, entry: Entry, built: Built, task: RenderTask) -> list[RawImage]:
        saved = [entry.outputs.get(node) for node in built.saves]
        if not all(saved):
            raise RenderError("LOST", "the server ended the job without a picture")
        return [
            RawImage(await self._fetched(files[0]), task.request.seed + number)
            for number, files in enumerate(filter(None, saved))
        ]

    async def _fetched(self, output: Output) -> bytes:
        """The work is done: a moment's outage is waited for."""
        deadline = self._clock.monotonic() + self._limits.outage_s
        while True:
            try:
                return await self._client.view(output)
            except Unreachable:
                if self._clock.monotonic() >= deadline:
                    raise
            await self._clock.sleep(self._limits.poll_s)

    async def _uploaded(self, task: RenderTask) -> str | None:
        """Named by content: the same sketch is there once, and no name of a user's gets there."""
        if task.sketch is None:
            return None
        digest = hashlib.sha256(task.sketch).hexdigest()[:32]
        return await self._client.upload(f"hero-{digest}.png", task.sketch)

    def _built(self, task: RenderTask, sketch: str | None, output: str) -> Built:
        try:
            built = graph_of(task.preset, task.request, sketch, output)
        except TemplateError as error:
            raise RenderError("RENDER_FAILED", str(error)) from error
        resolved = self._condition.preflight.inventory.resolved(built.graph)
        return Built(resolved, built.saves, built.weights, built.stages)


async def _close(socket: Socket | None) -> None:
    if socket is not None:
        await socket.aclose()
