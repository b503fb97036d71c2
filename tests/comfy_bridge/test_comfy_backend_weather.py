"""Traps do not come one at a time."""

from __future__ import annotations

import asyncio
import random

import pytest

from comfy_bridge.backend import remote_id
from comfy_bridge.comfy_backend import ComfyBackend
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask
from tests.support.comfyui.fake import FakeComfyUI
from tests.support.comfyui.traps import Traps
from tests.support.rendering import Heard, sketch, task
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
SUBMISSIONS = 4


def weather(luck: random.Random) -> Traps:
    """Any habits that servers have, none of which is a reason to fail."""
    return Traps(
        late_history_s=luck.choice([0.0, 0.1]),
        gap_s=luck.choice([0.0, 0.02]),
        history_first=luck.random() < 0.5,
        zombie_after=luck.choice([None, None, luck.randrange(60)]),
        hang_up_after=luck.choice([None, None, luck.randrange(60)]),
        refuse_sockets=luck.random() < 0.2,
        previews=luck.choice(["old", "new", "none"]),
        progress_ids=luck.random() < 0.5,
        progress_state=luck.random() < 0.5,
        interrupt_by_id=luck.random() < 0.5,
        separator=luck.choice(["/", "\\"]),
        combo=luck.choice(["list", "COMBO"]),
        honours_prompt_id=luck.random() < 0.5,
        node_errors=luck.choice(["dict", "list"]),
        step_s=luck.choice([0.0, 0.01]),
    )


async def persistently(backend: ComfyBackend, wanted: RenderTask) -> list[RawImage]:
    """As a bridge does: what is lost or cut off is handed over anew."""
    for submission in range(SUBMISSIONS):
        heard = Heard()
        try:
            given = await backend.submit(wanted, remote_id(wanted.job_id, submission))
            return await backend.follow(given, wanted, heard)
        except RenderError as error:
            if not error.transient:
                raise
        finally:
            assert not heard.falls
    raise AssertionError("never done")


@pytest.mark.parametrize("seed", range(5))
async def test_in_any_weather_every_job_gets_its_pictures(fake: FakeComfyUI, backend: ComfyBackend, seed: int) -> None:
    luck = random.Random(seed)
    for name, value in vars(weather(luck)).items():
        setattr(fake.traps, name, value)
    wanted = [
        task("pixel-icon", luck.choice([None, sketch()]), seed=number, variations=luck.randint(1, 2), size=256)
        for number in range(2)
    ]
    jobs = [asyncio.create_task(persistently(backend, each)) for each in wanted]
    if luck.random() < 0.5:
        await eventually(lambda: fake.memory.running is not None)
        await fake.crash()
        await fake.start()
    for each, images in zip(wanted, await asyncio.gather(*jobs), strict=True):
        assert [image.seed for image in images] == [each.request.seed + n for n in range(each.request.variations)]
