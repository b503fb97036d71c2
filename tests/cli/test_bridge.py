"""Which servers the bridge's process works for."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from cli.bridge import backends_of
from comfy_bridge.preview_backend import PreviewBackend
from herofactory.catalog.sample.package import install_folder, package_in
from herofactory.platform.settings import Settings
from tests.support.icons import octopuses
from tests.support.preview import task

pytestmark = pytest.mark.anyio


def test_servers_that_are_named_are_used_and_no_preview(settings: Settings) -> None:
    named = settings.model_copy(update={"comfyui_url": SecretStr("http://127.0.0.1:8188, http://127.0.0.1:8189")})
    assert [backend.kind for backend in backends_of(named)] == ["comfyui", "comfyui"]


async def test_without_one_words_are_drawn_with_the_shapes_the_sample_catalogue_left(settings: Settings) -> None:
    [backend] = backends_of(settings)
    assert isinstance(backend, PreviewBackend)
    await backend.start()
    wanted = task("purple octopus")
    before = await backend.follow(await backend.submit(wanted, "1"), wanted, lambda *_: None)
    octopuses(package_in(install_folder(settings.folder)))
    after = await backend.follow(await backend.submit(wanted, "2"), wanted, lambda *_: None)
    assert before[0].credit is None
    assert after[0].credit is not None
    assert "'octopus' by Somebody" in after[0].credit
