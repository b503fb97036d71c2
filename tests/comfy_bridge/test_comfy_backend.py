"""A ComfyUI server as a backend: what is asked for comes out, once, whatever dies on the way."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from PIL import Image

from comfy_bridge.backend import Backend, remote_id
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import Endpoint
from comfy_bridge.limits import Limits
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.rendering import LIMITS, Heard, refusal, rendered, sketch, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def another(fake: FakeComfyUI, limits: Limits = LIMITS) -> AsyncIterator[ComfyBackend]:
    """As after a restart of the bridge, or with other limits."""
    backend = ComfyBackend(Endpoint.parse(fake.url), limits)
    try:
        yield backend
    finally:
        await backend.aclose()


async def cause_of(backend: Backend, wanted: RenderTask) -> str:
    return (await refusal(backend, wanted)).cause


def opened(image: RawImage) -> Image.Image:
    return Image.open(io.BytesIO(image.png)).convert("RGB")


async def test_the_self_test_gives_a_picture_of_the_size_and_colour_asked_for(backend: ComfyBackend) -> None:
    (image,) = await rendered(backend, task(seed=0x123456, size=96))
    assert opened(image).size == (96, 96)
    assert opened(image).getpixel((5, 5)) == (0x12, 0x34, 0x56)


async def test_the_pixel_icon_is_as_large_as_asked_for(backend: ComfyBackend) -> None:
    (image,) = await rendered(backend, task("pixel-icon", size=1024))
    assert opened(image).size == (1024, 1024)


async def test_variations_are_what_their_seeds_make_alone(backend: ComfyBackend) -> None:
    together = await rendered(backend, task("pixel-icon", seed=40, variations=3))
    assert [image.seed for image in together] == [40, 41, 42]
    (alone,) = await rendered(backend, task("pixel-icon", seed=42))
    assert opened(alone).tobytes() == opened(together[2]).tobytes()
    assert opened(alone).tobytes() != opened(together[1]).tobytes()


async def test_a_sketch_has_a_say_and_none_leaves_its_nodes_out(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    (drawn,) = await rendered(backend, task("pixel-icon", sketch()))
    (told,) = await rendered(backend, task("pixel-icon"))
    assert opened(drawn).tobytes() != opened(told).tobytes()
    with_sketch, without = (set(body["prompt"]) for body in fake.prompts())
    assert with_sketch - without == {"cnet", "sketch", "apply"}


async def test_what_was_handed_over_under_an_id_is_not_handed_over_twice(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    wanted = task()
    given = [await backend.submit(wanted, remote_id(wanted.job_id, 1)) for _ in range(2)]
    await backend.follow(given[0], wanted, Heard())
    given.append(await backend.submit(wanted, remote_id(wanted.job_id, 1)))
    assert len(set(given)) == len(fake.prompts()) == 1


@pytest.mark.parametrize("ended", [True, False])
async def test_a_job_of_a_bridge_that_died_is_followed_by_its_id(fake: FakeComfyUI, ended: bool) -> None:
    wanted = task("pixel-icon")
    async with another(fake) as before:
        fake.hold(*() if ended else ("KSampler",))
        given = await before.submit(wanted, remote_id(wanted.job_id, 1))
        await eventually(lambda: fake.memory.node == "pass1" or given in fake.memory.history)
    async with another(fake) as after:
        following = asyncio.create_task(after.follow(given, wanted, heard := Heard()))
        await eventually(lambda: bool(heard.percents))
        fake.release()
        assert len(await following) == 1
    assert len(fake.prompts()) == 1


async def test_a_job_of_a_bridge_that_died_can_be_cancelled(fake: FakeComfyUI) -> None:
    fake.traps.step_s = 0.05
    wanted = task("pixel-icon")
    async with another(fake) as before:
        given = await before.submit(wanted)
    async with another(fake) as after:
        assert await after.cancel(given)
    assert fake.memory.running is None
    assert fake.files.outputs == {}


async def test_a_reply_that_never_came_is_looked_for(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.traps.swallow = frozenset({"/prompt"})
    assert len(await rendered(backend, task())) == 1
    assert len(fake.prompts()) == 1


async def test_a_reply_that_never_came_from_a_server_that_names_jobs_itself_is_a_failure(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    fake.traps.swallow, fake.traps.honours_prompt_id = frozenset({"/prompt"}), False
    assert await cause_of(backend, task()) == "BACKEND_UNAVAILABLE"


async def test_a_server_that_is_down_is_unavailable(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    await fake.stop()
    assert await cause_of(backend, task()) == "BACKEND_UNAVAILABLE"


async def test_a_server_that_stays_away_is_given_up(fake: FakeComfyUI) -> None:
    fake.traps.crash_at = frozenset({"ImageScale"})
    async with another(fake, replace(LIMITS, outage_s=0.2)) as backend:
        assert await cause_of(backend, task()) == "BACKEND_UNAVAILABLE"


async def test_a_server_that_answers_nonsense_for_a_while_is_waited_for(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    fake.hold("ImageScale")
    wanted = task()
    given = await backend.submit(wanted)
    fake.traps.status = {"/queue": 502, f"/history/{given}": 500, "/view": 503}
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    fake.release()
    await eventually(lambda: given in fake.memory.history)
    fake.traps.status = {"/view": 503}
    await asyncio.sleep(3 * LIMITS.poll_s)
    fake.traps.status = {}
    assert len(await following) == 1


async def test_a_redirect_is_not_followed(fake: FakeComfyUI) -> None:
    fake.traps.status = {"/view": 302}
    async with another(fake, replace(LIMITS, outage_s=0.1)) as backend:
        assert await cause_of(backend, task()) == "BACKEND_UNAVAILABLE"


@pytest.mark.parametrize("picture", [b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(200_000)])
async def test_what_is_no_png_or_too_large_is_not_taken(fake: FakeComfyUI, picture: bytes) -> None:
    fake.traps.picture = picture
    async with another(fake, replace(LIMITS, image_bytes=100_000)) as backend:
        assert await cause_of(backend, task()) == "RENDER_FAILED"


async def test_what_takes_too_long_is_interrupted(fake: FakeComfyUI) -> None:
    fake.traps.step_s = 0.05
    async with another(fake, replace(LIMITS, run_s=0.2)) as backend:
        assert await cause_of(backend, task("pixel-icon")) == "TIMEOUT"
    assert fake.memory.running is None


async def test_to_stop_while_handing_over_leaves_no_connection_behind(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.hold("ImageScale")
    handing = asyncio.create_task(backend.submit(task()))
    await eventually(lambda: bool(fake.client_ids))
    handing.cancel()
    await asyncio.wait([handing])
    if handing.cancelled():
        await eventually(lambda: fake.client_ids[0] not in fake.sockets)


async def test_to_stop_looking_is_not_to_cancel(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.hold("ImageScale")
    wanted = task()
    given = await backend.submit(wanted)
    following = asyncio.create_task(backend.follow(given, wanted, Heard()))
    await eventually(lambda: fake.memory.node == "scale")
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    fake.release()
    assert len(await backend.follow(given, wanted, Heard())) == 1


async def test_one_job_ahead_waits_and_is_cancelled_at_once(fake: FakeComfyUI, backend: ComfyBackend) -> None:
    fake.hold("ImageScale")
    first, ahead = task(seed=1), task(seed=2)
    ids = [await backend.submit(each) for each in (first, ahead)]
    heard = Heard()
    following = [
        asyncio.create_task(backend.follow(given, each, report))
        for given, each, report in zip(ids, (first, ahead), (Heard(), heard), strict=True)
    ]
    await eventually(lambda: fake.memory.node == "scale")
    assert await backend.cancel(ids[1])
    with pytest.raises(RenderError, match="CANCELLED"):
        await following[1]
    assert set(heard.stages) == {"queued"}
    fake.release()
    assert len(await following[0]) == 1


async def test_a_size_that_the_workflow_cannot_make_is_said_before_anything_is_sent(
    fake: FakeComfyUI, backend: ComfyBackend
) -> None:
    assert await cause_of(backend, task("pixel-icon", size=100)) == "RENDER_FAILED"
    assert fake.prompts() == []


def test_the_id_to_ask_for_is_the_same_in_every_process_and_new_for_every_submission() -> None:
    job = task().job_id
    assert remote_id(job, 1) == remote_id(job, 1) != remote_id(job, 2)
    assert remote_id(task().job_id, 1) != remote_id(job, 1)


def test_the_name_of_a_server_holds_no_credentials() -> None:
    endpoint = Endpoint.parse("https://user:secret@gpu.example:8443/comfy/")
    assert ComfyBackend(endpoint).server == "https://gpu.example:8443/comfy"
