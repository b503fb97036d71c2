from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from comfy_bridge.preview_backend import PreviewBackend
from herofactory.platform.ids import uuid7
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask, Report
from tests.support.jobs import PLAIN, REQUEST, tile

pytestmark = pytest.mark.anyio
TASK = RenderTask(uuid7(), REQUEST, PLAIN, None)


class Drawing:
    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.error: Exception | None = None

    def render(self, task: RenderTask, report: Report) -> Sequence[RawImage]:
        report("rendering", 50.0, None)
        assert self.may_go_on.wait(20)
        if self.error:
            raise self.error
        return [RawImage(tile(task.request.seed), task.request.seed)]


async def started(drawing: Drawing) -> PreviewBackend:
    backend = PreviewBackend(lambda: drawing, "here")
    assert (backend.server, (await backend.health()).state, backend.serves("pixel-icon")) == (
        "preview@here",
        "down",
        False,
    )
    await backend.start()
    assert ((await backend.health()).state, backend.serves("pixel-icon")) == ("ok", True)
    return backend


async def test_it_draws_in_a_thread_and_reports_in_the_loop() -> None:
    drawing, said = Drawing(), []
    backend = await started(drawing)

    def report(stage: str, percent: float, preview: bytes | None) -> None:
        said.append((stage, percent, preview, threading.current_thread() is threading.main_thread()))
        drawing.may_go_on.set()

    given = await backend.submit(TASK, "wanted")
    assert given == "wanted"
    assert [image.seed for image in await backend.follow(given, TASK, report)] == [42]
    assert said == [("rendering", 50.0, None, True)]


async def test_what_an_earlier_process_had_is_lost() -> None:
    backend = await started(Drawing())
    with pytest.raises(RenderError, match="LOST"):
        await backend.follow("unknown", TASK, lambda *_: None)


async def test_an_error_reaches_whoever_waits() -> None:
    drawing = Drawing()
    drawing.error = RenderError("INVALID_SKETCH", "nothing is drawn on it")
    drawing.may_go_on.set()
    backend = await started(drawing)
    with pytest.raises(RenderError, match="nothing is drawn"):
        await backend.follow(await backend.submit(TASK, "x"), TASK, lambda *_: None)


async def test_nobody_waits_for_what_was_given_up() -> None:
    drawing = Drawing()
    backend = await started(drawing)
    following = asyncio.create_task(backend.follow(await backend.submit(TASK, "x"), TASK, lambda *_: None))
    await asyncio.sleep(0)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    drawing.may_go_on.set()
    assert (await backend.health()).running == 0
