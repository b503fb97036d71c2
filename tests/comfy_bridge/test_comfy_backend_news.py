"""The socket's news of progress and previews, of which none has to come and not all is ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.values import graph_of
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import Heard, rendered, request, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


async def test_every_connection_has_a_client_id_of_its_own(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    for _ in range(3):
        await rendered(backend, task())
    assert len(set(fake.client_ids)) == len(fake.client_ids) == 3
    assert [body["client_id"] for body in fake.prompts()] == fake.client_ids


async def until_silent(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with contextlib.suppress(TimeoutError):
        while True:
            yield await asyncio.wait_for(socket.recv(), 0.2)


async def test_a_reused_client_id_hears_nothing(fake: FakeComfyUI) -> None:
    """The fake is as the real one: what the client avoids is really there."""
    address = fake.url.replace("http", "ws") + "/ws?clientId=same"
    old = await connect(address)
    await old.recv()
    async with connect(address) as new:
        await new.recv()
        await old.close()
        await eventually(lambda: "same" not in fake.sockets)
        fake.memory.node = "pass1"
        await fake.sockets.send("executing", {"node": "pass1"}, "same")
        assert "executing" not in "".join([str(message) async for message in until_silent(new)])


@pytest.mark.parametrize("previews", ["old", "new"])
async def test_previews_arrive_in_either_format(fake: FakeComfyUI, backend: ComfyBackend, previews: Any) -> None:
    fake.traps.previews = previews
    heard = Heard()
    await rendered(backend, task("pixel-icon"), heard)
    assert len(heard.previews) == 5 + 6
    assert all(each.startswith(b"\xff\xd8\xff") for each in heard.previews)


async def test_a_message_that_names_no_job_counts_for_none(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.hold("EmptyImage")
    wanted, heard = task(), Heard()
    given = await backend.submit(wanted)
    following = asyncio.create_task(backend.follow(given, wanted, heard))
    await eventually(lambda: fake.memory.node == "image")
    # As a server greets whoever connects while it works.
    await fake.sockets.send("executing", {"node": "save"}, fake.client_ids[0])
    fake.release()
    await following
    assert list(dict.fromkeys(heard.stages)) == ["queued", "preparing", "drawing", "refining", "finishing"]


@pytest.mark.parametrize("progress_ids", [True, False])
@pytest.mark.parametrize("previews", ["old", "new"])
async def test_a_stranger_s_job_moves_nothing(
    fake: FakeComfyUI, backend: ComfyBackend, progress_ids: bool, previews: Any
) -> None:
    fake.traps.progress_ids, fake.traps.previews = progress_ids, previews
    fake.hold("KSampler")
    await backend.start()
    wanted = task("pixel-icon")
    theirs = graph_of(wanted.preset, request("pixel-icon", seed=99, size=512), None, "theirs").graph
    ready = backend._condition.preflight.inventory.resolved(theirs)
    fake.foreign(ready)
    await eventually(lambda: fake.memory.node == "pass1")
    given, heard = await backend.submit(wanted), Heard()
    following = asyncio.create_task(backend.follow(given, wanted, heard))
    await eventually(lambda: len(fake.client_ids) == 1)
    fake.hold("SaveImage")
    fake.release()
    fake.runner.released = asyncio.Event()
    await eventually(lambda: fake.memory.node == "save")
    fake.runner.released.set()
    assert len(await following) == 1
    # Theirs came first, over the same socket: had any of it counted, it would be seen before ours begins.
    assert list(dict.fromkeys(heard.stages))[:2] == ["queued", "preparing"]
    assert len(heard.previews) == 5 + 6


@pytest.mark.parametrize("progress_state", [True, False])
@pytest.mark.parametrize("progress_ids", [True, False])
async def test_the_bar_never_falls_whatever_the_server_tells(
    fake: FakeComfyUI, backend: ComfyBackend, progress_state: bool, progress_ids: bool
) -> None:
    fake.traps.progress_state, fake.traps.progress_ids = progress_state, progress_ids
    heard = Heard()
    await rendered(backend, task("pixel-icon", variations=2), heard)
    assert not heard.falls
    assert heard.percents[-1] <= 100
    assert {"drawing", "refining", "finishing"} <= set(heard.stages)


@pytest.mark.parametrize("silence", ["zombie_after", "hang_up_after"])
@pytest.mark.parametrize("after", [0, 5, 40])
async def test_a_socket_that_goes_dead_costs_nothing_but_news(
    fake: FakeComfyUI, backend: ComfyBackend, silence: str, after: int
) -> None:
    setattr(fake.traps, silence, after)
    heard = Heard()
    assert len(await rendered(backend, task("pixel-icon"), heard)) == 1
    assert not heard.falls


async def test_a_server_without_sockets_still_serves(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.refuse_sockets = True
    assert len(await rendered(backend, task("pixel-icon"))) == 1
