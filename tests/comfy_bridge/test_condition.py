"""One look tells how a server is."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import Endpoint
from comfy_bridge.values import graph_of
from tests.support.clock import InstantClock
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import LIMITS, SELFTEST, Heard, request, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


async def test_a_server_with_all_it_needs_is_ok(backend: ComfyBackend) -> None:
    await backend.start()
    health = await backend.health()
    assert (health.state, health.serving, health.version) == ("ok", True, "0.3.99-fake")
    assert backend.serves("pixel-icon")


async def test_a_server_that_does_not_answer_is_down_and_its_address_is_named(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    await fake.stop()
    await backend.start()
    health = await backend.health()
    assert (health.state, health.serving) == ("down", False)
    assert fake.url in health.detail
    assert not backend.serves("pixel-icon")


async def test_a_server_that_lacks_one_lora_serves_the_presets_that_do_without(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    fake.traps.missing = frozenset({"pixel-art-xl-v1.1"})
    health = await backend.health()
    assert (health.state, health.serving) == ("model_missing", True)
    assert health.lacking == {"pixel-icon": ("model pixel-art-xl-v1.1 (LoraLoaderModelOnly)",)}
    assert (backend.serves("pixel-icon"), backend.serves("cartoon")) == (False, True)


async def test_what_was_missing_is_found_after_a_restart(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.missing = frozenset({"KSampler"})
    await backend.start()
    assert not backend.serves("cartoon")
    await fake.crash()
    assert (await backend.health()).state == "down"
    fake.traps.missing = frozenset()
    await fake.start()
    assert (await backend.health()).state == "ok"
    assert backend.serves("cartoon")


async def test_many_waiting_jobs_are_a_full_queue(fake: FakeComfyUI) -> None:
    fake.hold("EmptyImage")
    for number in range(4):
        fake.foreign(graph_of(SELFTEST, request(), None, "theirs").graph, f"job {number}")
    await eventually(lambda: fake.memory.running is not None)
    backend = ComfyBackend(Endpoint.parse(fake.url), replace(LIMITS, queue_full=3))
    health = await backend.health()
    await backend.aclose()
    assert (health.state, health.running, health.pending) == ("queue_full", 1, 3)


async def test_a_job_that_runs_without_progress_makes_the_server_stuck(fake: FakeComfyUI) -> None:
    clock = InstantClock()
    backend = ComfyBackend(Endpoint.parse(fake.url), LIMITS, clock=clock)
    fake.hold("EmptyImage")
    fake.foreign(graph_of(SELFTEST, request(), None, "theirs").graph)
    await eventually(lambda: fake.memory.running is not None)
    assert (await backend.health()).state == "ok"
    clock.turn(LIMITS.stuck_s)
    assert (await backend.health()).state == "stuck"
    fake.release()
    await eventually(lambda: fake.memory.running is None)
    assert (await backend.health()).state == "ok"
    await backend.aclose()


async def test_a_long_job_that_shows_progress_does_not(fake: FakeComfyUI) -> None:
    clock = InstantClock()
    backend = ComfyBackend(Endpoint.parse(fake.url), LIMITS, clock=clock)
    fake.hold("SaveImage")
    wanted, heard = task("pixel-icon"), Heard()
    given = await backend.submit(wanted)
    await eventually(lambda: fake.memory.running is not None)
    assert (await backend.health()).state == "ok"
    clock.turn(LIMITS.stuck_s)
    following = asyncio.create_task(backend.follow(given, wanted, heard))
    await eventually(lambda: "finishing" in heard.stages)
    assert (await backend.health()).state == "ok"
    fake.release()
    await following
    await backend.aclose()
