"""Results, uploads and models: which file a name means, and what is written into a picture."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.values import graph_of
from herofactory.studio.rendering.port import RawImage, RenderError
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import SELFTEST, Heard, rendered, request, sketch, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


def pixels(image: RawImage) -> bytes:
    with Image.open(io.BytesIO(image.png)) as opened:
        return opened.convert("RGB").tobytes()


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
