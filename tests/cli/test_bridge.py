"""Which servers the bridge's process works for."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from cli.bridge import backends_of, load_ids
from comfy_bridge.preview_backend import PreviewBackend
from herofactory.catalog.sample.package import install_folder, package_in
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.confluent import RegistryUnavailable
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.settings import Settings
from herofactory.studio.jobs.milestones import Milestones
from tests.support.icons import octopuses
from tests.support.jobs import ask
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


class Away(EmbeddedRegistry):
    """A registry that does not answer as long as it `is_down`."""

    is_down = True
    asked = 0

    def id_of(self, subject: str, schema: str) -> int:
        self.asked += 1
        if self.is_down:
            raise RegistryUnavailable("connection refused")
        return super().id_of(subject, schema)


async def test_stages_are_told_of_once_a_registry_that_was_down_at_the_start_is_there(
    database: Database, outbox: Outbox
) -> None:
    job = await ask(database, outbox)
    store = MemorySchemaStore()
    EventCodec(EmbeddedRegistry(store)).register_all()
    registry, offered = Away(store), list[Outgoing]()
    codec = EventCodec(registry)
    milestones = Milestones(codec, offered.append, SystemClock())
    loading = asyncio.create_task(load_ids(codec, pause_s=0.001))
    while not registry.asked:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    milestones.reached(job, "rendering", 10.0)
    assert offered == []
    registry.is_down = False
    async with asyncio.timeout(10):
        await loading
    milestones.reached(job, "rendering", 20.0)
    assert [message.topic for message in offered] == ["generation.progressed"]
