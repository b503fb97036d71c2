"""The CPU of this machine as a server: what it was given is lost with the process, and begun anew by the next one."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol
from uuid import uuid4

from comfy_bridge.health import Health
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask, Report


class Renderer(Protocol):
    def render(self, task: RenderTask, report: Report) -> Sequence[RawImage]: ...


class PreviewBackend:
    kind: Final = "preview"

    def __init__(self, make: Callable[[], Renderer], name: str | None = None) -> None:
        """`make` is called once, in a thread: the renderer's libraries take a second to load."""
        self.server = f"preview@{name or socket.gethostname()}"
        self._make = make
        self._renderer: Renderer | None = None
        self._tasks: dict[str, RenderTask] = {}

    async def start(self) -> None:
        self._renderer = await asyncio.to_thread(self._make)

    async def aclose(self) -> None:
        self._tasks.clear()

    def serves(self, preset: str) -> bool:  # noqa: ARG002  (it draws every one)
        return self._renderer is not None

    async def submit(self, task: RenderTask, wanted: str | None = None) -> str:
        given = wanted or str(uuid4())
        self._tasks[given] = task
        return given

    async def follow(self, remote_id: str, task: RenderTask, report: Report) -> list[RawImage]:
        if self._renderer is None or remote_id not in self._tasks:
            raise RenderError("LOST", "the process that drew it has ended")
        try:
            return list(await _in_thread(partial(self._renderer.render, task), report))
        finally:
            self._tasks.pop(remote_id, None)

    async def cancel(self, remote_id: str) -> bool:
        """What is being drawn is drawn to its end, a second later, for nobody."""
        return self._tasks.pop(remote_id, None) is not None

    async def health(self) -> Health:
        return Health("ok" if self._renderer else "down", "" if self._renderer else "loading", running=len(self._tasks))


async def _in_thread(render: Callable[[Report], Sequence[RawImage]], report: Report) -> Sequence[RawImage]:
    """In a thread that a process which ends does not wait for; `report` is called in the event loop."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Sequence[RawImage]] = loop.create_future()

    def tell(act: Callable[[], None]) -> None:
        try:
            loop.call_soon_threadsafe(lambda: None if done.done() else act())
        except RuntimeError:
            return  # the loop has ended, and nobody waits any more

    def run() -> None:
        try:
            pictures = render(lambda *said: tell(partial(report, *said)))
        except BaseException as error:  # noqa: BLE001  (it goes to whoever waits)
            tell(partial(done.set_exception, error))
        else:
            tell(partial(done.set_result, pictures))

    threading.Thread(target=run, name="preview", daemon=True).start()
    return await done
