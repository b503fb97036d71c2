"""What a server refuses or breaks at, and what of it the user is told."""

from __future__ import annotations

from typing import Any

import pytest

from comfy_bridge.comfy_backend import ComfyBackend
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import refusal, sketch, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("shape", ["dict", "list"])
async def test_one_invalid_output_of_several_is_a_refusal_although_it_is_a_200(
    fake: FakeComfyUI, backend: ComfyBackend, shape: Any
) -> None:
    fake.traps.node_errors = shape
    fake.traps.refused_outputs = frozenset({"save-2"})
    fake.hold("EmptyImage")
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


async def test_a_sketch_that_is_no_picture_is_found_out_at_run_time(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    await backend.start()
    assert (await refusal(backend, task("pixel-icon", sketch()[:40]))).cause == "INVALID_SKETCH"


async def test_out_of_memory_is_told_without_dumps_or_paths(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.oom_at = frozenset({"ImageScale"})
    caught = await refusal(backend, task())
    assert (caught.cause, caught.transient) == ("OUT_OF_MEMORY", True)


async def test_a_failure_names_the_node_and_nothing_of_the_server_s(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.fail_at = frozenset({"ImageScale"})
    caught = await refusal(backend, task())
    assert (caught.cause, caught.detail) == ("RENDER_FAILED", "the server failed in ImageScale")
