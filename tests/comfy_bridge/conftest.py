"""A fake server with traps to set, and the backend that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import Endpoint
from tests.support.comfyui.fake import FakeComfyUI, fake_comfyui
from tests.support.rendering import LIMITS


@pytest.fixture
async def fake() -> AsyncIterator[FakeComfyUI]:
    """Running, without traps: set them on `fake.traps`."""
    async with fake_comfyui() as fake:
        yield fake


@pytest.fixture
async def backend(fake: FakeComfyUI) -> AsyncIterator[ComfyBackend]:
    """Not yet started."""
    backend = ComfyBackend(Endpoint.parse(fake.url), LIMITS)
    yield backend
    await backend.aclose()
