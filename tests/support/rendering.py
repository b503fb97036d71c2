"""Tasks for renderers, an ear for what they report, and what came of a task."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw

from comfy_bridge.backend import Backend, remote_id
from comfy_bridge.limits import Limits
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.presets.preset import Preset, presets
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask

LIMITS = Limits(poll_s=0.05, outage_s=1.0, cancel_s=5.0, connect_s=2.0, request_s=10.0)
"""Impatient, for a server on this machine."""
SELFTEST = Preset("selftest", "Self-test", "", "", workflow="selftest", checkpoint="")


def request(preset: str = "selftest", **fields: Any) -> GenerationRequest:
    wanted: dict[str, Any] = {
        "text": "검",
        "english": "a sword",
        "negative": "",
        "preset": preset,
        "seed": 7,
        "size": 64,
    }
    return GenerationRequest(**(wanted | fields))


def task(preset: str = "selftest", sketch: bytes | None = None, **fields: Any) -> RenderTask:
    look = SELFTEST if preset == "selftest" else presets()[preset]
    if preset != "selftest":
        fields = {"size": 512} | fields
    return RenderTask(uuid4(), request(preset, **fields), look, sketch)


def sketch() -> bytes:
    """White lines on black."""
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).ellipse((10, 10, 54, 54), outline=255, width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class Heard:
    """A Report that remembers."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.percents: list[float] = []
        self.previews: list[bytes] = []

    def __call__(self, stage: str, percent: float, preview: bytes | None) -> None:
        self.stages.append(stage)
        self.percents.append(percent)
        if preview is not None:
            self.previews.append(preview)

    @property
    def falls(self) -> bool:
        return self.percents != sorted(self.percents)


async def rendered(backend: Backend, wanted: RenderTask, heard: Heard | None = None) -> list[RawImage]:
    """Submitted for the first time and followed to its end."""
    given = await backend.submit(wanted, remote_id(wanted.job_id, 1))
    return await backend.follow(given, wanted, heard or Heard())


async def refusal(backend: Backend, wanted: RenderTask) -> RenderError:
    """Why nothing came of it: told without paths or dumps of the server."""
    with pytest.raises(RenderError) as caught:
        await rendered(backend, wanted)
    assert "/" not in caught.value.detail
    assert "tensor(" not in caught.value.detail
    return caught.value
