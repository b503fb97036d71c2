"""What real servers do to those who trust them: one test per trap, in both orders where there are two."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect

from comfy_bridge.backend import remote_id
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.values import graph_of
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import SELFTEST, Heard, request, sketch, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


async def rendered(backend: ComfyBackend, wanted: RenderTask, heard: Heard | None = None) -> list[RawImage]:
    given = await backend.submit(wanted, remote_id(wanted.job_id, 1))
    return await backend.follow(given, wanted, heard or Heard())


async def refusal(backend: ComfyBackend, wanted: RenderTask) -> RenderError:
    with pytest.raises(RenderError) as caught:
        await rendered(backend, wanted)
    assert "/" not in caught.value.detail
    assert "tensor(" not in caught.value.detail
    return caught.value


async def until_silent(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with contextlib.suppress(TimeoutError):
        while True:
            yield await asyncio.wait_for(socket.recv(), 0.2)


async def holding(fake: FakeComfyUI, node_class: str = "KSampler") -> None:
    """From now on nodes of this class wait for `release`."""
    fake.traps.hang_at = frozenset({node_class})


# 1


@pytest.mark.parametrize("shape", ["dict", "list"])
async def test_one_invalid_output_of_several_is_a_refusal_although_it_is_a_200(
    fake: FakeComfyUI, backend: ComfyBackend, shape: Any
) -> None:
    fake.traps.node_errors = shape
    fake.traps.refused_outputs = frozenset({"save-2"})
    await holding(fake, "EmptyImage")
    assert (await refusal(backend, task(variations=2))).cause == "RENDER_FAILED"
    fake.release()
    # The valid half was queued; it is taken back.
    await eventually(lambda: not fake.memory.pending and fake.memory.running is None)
    assert fake.files.outputs == {}


@pytest.mark.parametrize("node_errors", ["dict", "list"])
@pytest.mark.parametrize("error", ["object", "string"])
async def test_a_missing_model_is_read_from_errors_of_any_shape(
    fake: FakeComfyUI, backend: ComfyBackend, node_errors: Any, error: Any
) -> None:
    await backend.start()
    fake.traps.node_errors, fake.traps.error = node_errors, error
    fake.traps.missing = frozenset({"pixel-art-xl-v1.1"})
    caught = await refusal(backend, task("pixel-icon"))
    assert caught.cause == "MODEL_MISSING"
    assert "pixel-art-xl-v1.1" in caught.detail


@pytest.mark.parametrize("error", ["object", "string"])
async def test_a_missing_node_is_a_missing_model(fake: FakeComfyUI, backend: ComfyBackend, error: Any) -> None:
    fake.traps.error = error
    fake.traps.missing = frozenset({"ImageScale"})
    assert (await refusal(backend, task())).cause == "MODEL_MISSING"


# 2


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


# 3


async def test_a_waiting_job_that_somebody_deleted_is_lost_though_nothing_says_so(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    await holding(fake, "EmptyImage")
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
    await holding(fake, "EmptyImage")
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


# 4, 5


async def test_every_connection_has_a_client_id_of_its_own(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    for _ in range(3):
        await rendered(backend, task())
    assert len(set(fake.client_ids)) == len(fake.client_ids) == 3
    assert [body["client_id"] for body in fake.prompts()] == fake.client_ids


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
    await holding(fake, "EmptyImage")
    wanted, heard = task(), Heard()
    given = await backend.submit(wanted)
    following = asyncio.create_task(backend.follow(given, wanted, heard))
    await eventually(lambda: fake.memory.node == "image")
    # As a server greets whoever connects while it works.
    await fake.sockets.send("executing", {"node": "save"}, fake.client_ids[0])
    fake.release()
    await following
    assert list(dict.fromkeys(heard.stages)) == ["queued", "preparing", "drawing", "refining", "finishing"]


# 6


async def test_the_same_request_again_gets_a_picture_of_its_own(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    first = await rendered(backend, task("pixel-icon"))
    heard = Heard()
    fake.files.outputs.clear()  # a cached answer would name a file that is gone
    again = await rendered(backend, task("pixel-icon"), heard)
    assert pixels(first[0]) == pixels(again[0])
    assert not heard.falls


async def test_a_prefix_used_twice_gets_the_old_name_even_of_a_file_that_is_gone(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    """The fake is as the real one: why every submission has a prefix of its own."""
    graph = graph_of(SELFTEST, request(), None, "always the same").graph
    for number in ("one", "two"):
        await backend._client.enqueue(graph, "", number)
        await eventually(lambda number=number: number in fake.memory.history)  # type: ignore[misc] # bound here on purpose
        fake.files.outputs.clear()
    one, two = (fake.memory.history[number] for number in ("one", "two"))
    assert one["outputs"] == two["outputs"] != {}
    assert dict(two["status"]["messages"])["execution_cached"]["nodes"] == ["image", "scale", "save"]


async def test_a_result_that_is_gone_is_lost(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    wanted = task()
    given = await backend.submit(wanted)
    await eventually(lambda: given in fake.memory.history)
    fake.files.outputs.clear()
    with pytest.raises(RenderError) as caught:
        await backend.follow(given, wanted, Heard())
    assert caught.value.cause == "LOST"


# 7, 8


@pytest.mark.parametrize("progress_ids", [True, False])
@pytest.mark.parametrize("previews", ["old", "new"])
async def test_a_stranger_s_job_moves_nothing(
    fake: FakeComfyUI, backend: ComfyBackend, progress_ids: bool, previews: Any
) -> None:
    fake.traps.progress_ids, fake.traps.previews = progress_ids, previews
    await holding(fake)
    await backend.start()
    wanted = task("pixel-icon")
    theirs = graph_of(wanted.preset, request("pixel-icon", seed=99, size=512), None, "theirs").graph
    ready = backend._condition.preflight.inventory.resolved(theirs)
    fake.foreign(ready)
    await eventually(lambda: fake.memory.node == "pass1")
    given, heard = await backend.submit(wanted), Heard()
    following = asyncio.create_task(backend.follow(given, wanted, heard))
    await eventually(lambda: len(fake.client_ids) == 1)
    fake.traps.hang_at = frozenset({"SaveImage"})
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


# 9


async def test_the_queue_s_order_is_by_number_not_by_place(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    await holding(fake, "EmptyImage")
    graph = graph_of(SELFTEST, request(), None, "theirs").graph
    for name in ("running", "second", "third"):
        fake.foreign(graph, name)
    await eventually(lambda: fake.memory.running is not None)
    fake.foreign(graph, "pushed in", front=True)
    queue = await backend._client.queue()
    assert queue.running == ("running",)
    assert queue.pending == ("pushed in", "second", "third")
    assert queue.position("third") == 2


# 10


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
    await holding(fake, "SaveImage")
    fake.foreign(graph_of(SELFTEST, request(), None, "theirs").graph, "theirs")
    await eventually(lambda: fake.memory.running is not None)
    assert await backend.cancel(given)
    fake.release()
    await eventually(lambda: "theirs" in fake.memory.history)
    assert fake.memory.history["theirs"]["status"]["status_str"] == "success"


async def test_an_interrupt_of_somebody_else_is_a_loss_to_be_made_good(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    await holding(fake, "ImageScale")
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


# 11


async def test_an_upload_goes_by_the_name_the_server_gave_it(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    await backend.start()
    drawn = sketch()
    await rendered(backend, task("pixel-icon", drawn))
    (name,) = fake.files.inputs
    fake.files.inputs[name] = b"something else has that name"
    await rendered(backend, task("pixel-icon", drawn))
    assert [body["prompt"]["sketch"]["inputs"]["image"] for body in fake.prompts()] == [
        name,
        name.replace(".png", " (1).png"),
    ]


async def test_a_sketch_that_is_no_picture_is_found_out_at_run_time(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    await backend.start()
    assert (await refusal(backend, task("pixel-icon", sketch()[:40]))).cause == "INVALID_SKETCH"


# 12


async def test_out_of_memory_is_told_without_dumps_or_paths(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.oom_at = frozenset({"ImageScale"})
    caught = await refusal(backend, task())
    assert (caught.cause, caught.transient) == ("OUT_OF_MEMORY", True)


async def test_a_failure_names_the_node_and_nothing_of_the_server_s(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.fail_at = frozenset({"ImageScale"})
    caught = await refusal(backend, task())
    assert (caught.cause, caught.detail) == ("RENDER_FAILED", "the server failed in ImageScale")


async def test_no_secret_is_ever_in_a_graph_since_every_picture_carries_its_graph(
    fake: FakeComfyUI, backend: ComfyBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "very-secret-key")
    await backend.start()
    wanted = task("pixel-icon", sketch(), variations=2)
    (first, _) = await rendered(backend, wanted)
    with Image.open(io.BytesIO(first.png)) as image:
        graph = json.loads(image.info["prompt"])
    assert graph == fake.prompts()[0]["prompt"]
    words = [value for node in graph.values() for value in node["inputs"].values() if isinstance(value, str)]
    assert not [word for word in words if "secret" in word or "http" in word or word.startswith("/")]
    # Nor whose it is, nor what was typed: the prompt, names of models, choices and the submission's own id are all.
    assert wanted.request.text not in "".join(words)


# 13


@pytest.mark.parametrize("separator", ["/", "\\"])
@pytest.mark.parametrize("combo", ["list", "COMBO"])
async def test_models_go_by_the_server_s_own_names(
    fake: FakeComfyUI, backend: ComfyBackend, separator: Any, combo: Any
) -> None:
    fake.traps.separator, fake.traps.combo = separator, combo
    await backend.start()
    await rendered(backend, task("pixel-icon"))
    graph = fake.prompts()[0]["prompt"]
    assert graph["ckpt"]["inputs"]["ckpt_name"] == f"SDXL{separator}Juggernaut_XL_Lightning_V9.safetensors"
    assert graph["lora2"]["inputs"]["lora_name"] == f"icons{separator}pixel-art-xl-v1.1.safetensors"


# 14


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
    await holding(fake, "ImageScale")
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
    fake.traps.hang_at = frozenset()
    again = await backend.submit(wanted, remote_id(wanted.job_id, 2))
    assert len(await backend.follow(again, wanted, Heard())) == 1


# 15


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


def pixels(image: RawImage) -> bytes:
    with Image.open(io.BytesIO(image.png)) as opened:
        return opened.convert("RGB").tobytes()
