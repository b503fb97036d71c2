"""The same as with the fake, on a real ComfyUI: set COMFYUI_URL. Needs no model."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from comfy_bridge.backend import remote_id
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import endpoints
from herofactory.studio.rendering.port import RenderError
from tests.support.comfyui.fake import fake_comfyui
from tests.support.rendering import SELFTEST, Heard, task

pytestmark = pytest.mark.anyio
URLS = os.environ.get("COMFYUI_URL", "")
real = pytest.param("real", marks=pytest.mark.skipif(not URLS, reason="COMFYUI_URL names no ComfyUI server"))


@pytest.fixture(params=["fake", real])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[ComfyBackend]:
    """The fake stands by as the measure: what holds there must hold here."""
    async with fake_comfyui() as fake:
        url = fake.url if request.param == "fake" else URLS
        backend = ComfyBackend(endpoints(url)[0], looks=[SELFTEST])
        await backend.start()
        yield backend
        await backend.aclose()


async def test_it_is_healthy_for_what_needs_no_model(server: ComfyBackend) -> None:
    assert (await server.health()).state == "ok"
    assert server.serves("selftest")


async def test_pictures_come_back_as_asked_for(server: ComfyBackend) -> None:
    wanted, heard = task(seed=0x204060, size=128, variations=2), Heard()
    ours = remote_id(wanted.job_id, 1)
    images = await server.follow(await server.submit(wanted, ours), wanted, heard)
    assert [image.seed for image in images] == [0x204060, 0x204061]
    with Image.open(io.BytesIO(images[0].png)) as picture:
        assert picture.size == (128, 128)
        assert picture.convert("RGB").getpixel((3, 3)) == (0x20, 0x40, 0x60)
    assert not heard.falls


async def test_the_same_request_again_is_answered_again(server: ComfyBackend) -> None:
    for _ in range(2):
        wanted = task(seed=1)
        assert len(await server.follow(await server.submit(wanted), wanted, Heard())) == 1


async def test_what_ended_can_be_followed_and_cancelled_late(server: ComfyBackend) -> None:
    wanted = task(seed=2)
    given = await server.submit(wanted, remote_id(wanted.job_id, 1))
    await server.follow(given, wanted, Heard())
    assert len(await server.follow(given, wanted, Heard())) == 1
    assert await server.cancel(given)


async def test_an_id_it_never_had_is_lost(server: ComfyBackend) -> None:
    wanted = task()
    with pytest.raises(RenderError, match="LOST"):
        await asyncio.wait_for(server.follow(remote_id(wanted.job_id, 9), wanted, Heard()), 20)


async def test_a_model_it_lacks_is_named(server: ComfyBackend) -> None:
    node = await server._client.node("CheckpointLoaderSimple")
    assert node is not None
    assert "ckpt_name" in node["input"]["required"]
    assert await server._client.node("NoSuchNode") is None
