"""A job in the server's queue and history: waiting, deleted, interrupted, gone with a restart."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from comfy_bridge.backend import remote_id
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.values import graph_of
from herofactory.studio.rendering.port import RenderError
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import SELFTEST, Heard, rendered, request, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("history_first", [True, False])
async def test_the_end_may_be_announced_before_or_after_the_history_has_it(
    fake: FakeComfyUI, backend: ComfyBackend, history_first: bool
) -> None:
    fake.traps.history_first = history_first
    fake.traps.late_history_s = 0.3
    assert len(await rendered(backend, task())) == 1


async def test_a_moment_in_neither_queue_nor_history_is_no_loss(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.gap_s = 0.03  # less than the time between two looks
    assert len(await rendered(backend, task())) == 1


async def test_a_waiting_job_that_somebody_deleted_is_lost_though_nothing_says_so(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    fake.hold("EmptyImage")
    fake.foreign(graph_of(SELFTEST, request(), None, "theirs").graph)
    wanted = task()
    given = await backend.submit(wanted, remote_id(wanted.job_id, 1))
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    async with httpx.AsyncClient() as somebody:
        assert (await somebody.get(f"{fake.url}/history/{given}")).json() == {}
        await somebody.post(f"{fake.url}/queue", json={"delete": [given]})
    with pytest.raises(RenderError) as caught:
        await following
    assert caught.value.cause == "LOST"


async def test_a_waiting_job_that_we_deleted_is_cancelled(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.hold("EmptyImage")
    fake.foreign(graph_of(SELFTEST, request(), None, "theirs").graph)
    wanted = task()
    given = await backend.submit(wanted)
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    assert await backend.cancel(given)
    with pytest.raises(RenderError) as caught:
        await following
    assert caught.value.cause == "CANCELLED"
    assert fake.memory.running is not None  # theirs runs on
    assert not [path for path, _ in fake.asked if path == "/interrupt"]


async def test_the_queue_s_order_is_by_number_not_by_place(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.hold("EmptyImage")
    graph = graph_of(SELFTEST, request(), None, "theirs").graph
    for name in ("running", "second", "third"):
        fake.foreign(graph, name)
    await eventually(lambda: fake.memory.running is not None)
    fake.foreign(graph, "pushed in", front=True)
    queue = await backend._client.queue()
    assert queue.running == ("running",)
    assert queue.pending == ("pushed in", "second", "third")
    assert queue.position("third") == 2


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_running_job_is_interrupted(fake: FakeComfyUI, backend: ComfyBackend, by_id: bool) -> None:
    fake.traps.interrupt_by_id = by_id
    fake.traps.step_s = 0.02
    wanted = task("pixel-icon")
    await backend.start()
    given = await backend.submit(wanted)
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    await eventually(lambda: fake.memory.running is not None)
    assert await backend.cancel(given)
    with pytest.raises(RenderError) as caught:
        await following
    assert caught.value.cause == "CANCELLED"
    assert fake.files.outputs == {}


async def test_cancelling_what_has_ended_hits_nobody_else(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.interrupt_by_id = False
    wanted = task()
    given = await backend.submit(wanted)
    await backend.follow(given, wanted, Heard())
    fake.hold("SaveImage")
    fake.foreign(graph_of(SELFTEST, request(), None, "theirs").graph, "theirs")
    await eventually(lambda: fake.memory.running is not None)
    assert await backend.cancel(given)
    fake.release()
    await eventually(lambda: "theirs" in fake.memory.history)
    assert fake.memory.history["theirs"]["status"]["status_str"] == "success"


async def test_an_interrupt_of_somebody_else_is_a_loss_to_be_made_good(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    fake.hold("ImageScale")
    wanted = task()
    given = await backend.submit(wanted)
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    await eventually(lambda: fake.memory.node == "scale")
    async with httpx.AsyncClient() as somebody:
        await somebody.post(f"{fake.url}/interrupt", json={})
    fake.release()
    with pytest.raises(RenderError) as caught:
        await following
    assert (caught.value.cause, caught.value.transient) == ("LOST", True)


@pytest.mark.parametrize("honours", [True, False])
async def test_the_id_that_counts_is_the_one_in_the_reply(
    fake: FakeComfyUI, backend: ComfyBackend, honours: bool
) -> None:
    fake.traps.honours_prompt_id = honours
    wanted = task()
    ours = remote_id(wanted.job_id, 1)
    given = await backend.submit(wanted, ours)
    assert (given == ours) is honours
    assert len(await backend.follow(given, wanted, Heard())) == 1


@pytest.mark.parametrize("comes_back", ["while it is followed", "before it is followed"])
async def test_a_job_of_before_the_server_s_restart_is_lost(
    fake: FakeComfyUI, backend: ComfyBackend, comes_back: str
) -> None:
    fake.hold("ImageScale")
    wanted = task()
    given = await backend.submit(wanted, remote_id(wanted.job_id, 1))
    await eventually(lambda: fake.memory.node == "scale")
    if comes_back == "before it is followed":
        await fake.crash()
        await fake.start()
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    if comes_back == "while it is followed":
        await asyncio.sleep(0)
        await fake.crash()
        await fake.start()
    with pytest.raises(RenderError) as caught:
        await following
    assert caught.value.cause == "LOST"
    fake.hold()
    again = await backend.submit(wanted, remote_id(wanted.job_id, 2))
    assert len(await backend.follow(again, wanted, Heard())) == 1
