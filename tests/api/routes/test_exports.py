"""Results as files for games, made by the real finisher of a picture that a stub renders."""

from __future__ import annotations

import asyncio
import io
import zipfile
from contextlib import suppress
from typing import Any, get_args

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image

from api.routes.exports import Engine
from api.services import Services
from comfy_bridge.bridge import Bridge
from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.settings import Settings
from herofactory.studio.images.archive import ENGINES
from herofactory.studio.images.provenance import read as provenance_of
from herofactory.studio.jobs.making import finish
from herofactory.studio.jobs.queue import JobQueue
from herofactory.studio.jobs.workshop import Workshop
from herofactory.studio.rendering.port import RawImage, RenderTask, Report
from tests.support.jobs import PRESETS, StubBackend
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
WISH = {"text": "불타는 검", "seed": 7, "variations": 2, "size": 128, "pixel": {"grid": 32, "colours": 8}}
EXPORTS = ("exports?size=32", "atlas", "atlas?format=json", "archive?engine=godot")


def painted(seed: int) -> bytes:
    """A shape on white, as a model paints it."""
    picture = np.full((128, 128, 3), 255, np.uint8)
    picture[30:90, 40 : 80 + seed] = (180, 30 + seed, 40)
    picture[44:60, 50:60] = (30, 40, 160)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


class Painter(StubBackend):
    async def follow(self, remote_id: str, task: RenderTask, report: Report) -> list[RawImage]:
        seeds = range(task.request.seed, task.request.seed + task.request.variations)
        return [RawImage(painted(seed), seed, credit="shapes by nobody, CC0") for seed in seeds]


async def asked(client: httpx.AsyncClient, headers: Headers, **more: Any) -> dict[str, Any]:
    response = await client.post("/generations", json={**WISH, **more}, headers=headers)
    assert response.status_code == 202, response.text
    return dict(response.json())


@pytest.fixture
async def job(app: FastAPI, client: httpx.AsyncClient, seller: Headers, outbox: Outbox) -> dict[str, Any]:
    """That has ended with two variations."""
    services: Services = app.state.services
    job = await asked(client, seller)
    workshop = Workshop(services.database, services.assets, PRESETS, lambda data: data, finish)
    queue = JobQueue(services.database, outbox, lease_s=10.0)
    bridge = Bridge("b", queue, [Painter(kind="preview")], workshop, services.progress, SystemClock(), poll_s=0.05)
    working = asyncio.create_task(bridge.run())
    try:
        async with asyncio.timeout(30):
            while job["state"] in ("queued", "running"):
                await asyncio.sleep(0.02)
                job = (await client.get(f"/generations/{job['id']}", headers=seller)).json()
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    assert job["state"] == "succeeded", job
    return job


async def got(client: httpx.AsyncClient, headers: Headers, job: dict[str, Any], tail: str) -> httpx.Response:
    response = await client.get(f"/generations/{job['id']}/{tail}", headers=headers)
    assert response.status_code == 200, response.text
    return response


def opened(response: httpx.Response) -> Image.Image:
    return Image.open(io.BytesIO(response.content))


async def test_a_result_comes_in_every_size_as_png_and_webp(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any]
) -> None:
    for kind in ("png", "webp"):
        for size in (16, 33, 64, 512):
            response = await got(client, seller, job, f"exports?format={kind}&size={size}")
            picture = opened(response)
            assert (picture.size, picture.format) == ((size, size), kind.upper())
            assert response.headers["content-type"] == f"image/{kind}"
            assert response.headers["content-disposition"] == f'attachment; filename="pixel-1-{size}.{kind}"'
            assert response.headers["cache-control"] == "private, no-cache"


async def test_pixel_art_is_enlarged_by_whole_numbers(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any]
) -> None:
    pixel = next(each for each in job["assets"] if each["kind"] == "pixel")
    stored = np.asarray(opened(await client.get(f"/assets/{pixel['id']}", headers=seller)).convert("RGBA"))
    side = stored.shape[0]
    large = np.asarray(opened(await got(client, seller, job, f"exports?size={side * 4}")))
    assert (large == stored.repeat(4, axis=0).repeat(4, axis=1)).all()


async def test_an_exported_png_tells_where_it_comes_from(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any]
) -> None:
    told = provenance_of((await got(client, seller, job, "exports?size=32")).content)
    assert (told["Seed"], told["Backend"], told["Preset"]) == ("7", "preview", "pixel-icon")
    assert told["Copyright"] == "shapes by nobody, CC0"


async def test_any_picture_of_the_result_can_be_named_and_no_other(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any]
) -> None:
    for asset in job["assets"]:
        response = await got(client, seller, job, f"exports?asset_id={asset['id']}")
        assert asset["kind"] in response.headers["content-disposition"]
    wrong = await client.get(f"/generations/{job['id']}/exports?asset_id={job['id']}", headers=seller)
    assert_problem(wrong, "VALIDATION_FAILED", field="asset_id")


async def test_an_atlas_has_all_variations_where_its_list_says(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any]
) -> None:
    sheet = np.asarray(opened(await got(client, seller, job, "atlas?kind=sprite")))
    response = await got(client, seller, job, "atlas?kind=sprite&format=json")
    listed = response.json()
    assert response.headers["content-type"] == "application/json"
    assert sorted(listed["frames"]) == ["sprite-1.png", "sprite-2.png"]
    assert listed["meta"]["size"] == {"w": sheet.shape[1], "h": sheet.shape[0]}
    for frame in listed["frames"].values():
        at = frame["frame"]
        assert sheet[at["y"] : at["y"] + at["h"], at["x"] : at["x"] + at["w"], 3].any()


def test_the_edge_knows_the_engines_that_archives_are_made_for() -> None:
    assert get_args(Engine) == ENGINES


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_archive_holds_sprites_licence_and_provenance(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any], engine: str
) -> None:
    response = await got(client, seller, job, f"archive?engine={engine}")
    assert response.headers["content-type"] == "application/zip"
    folder = f"generation-{job['id']}"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert {f"{folder}/atlas.png", f"{folder}/README.txt"} <= set(archive.namelist())
        assert "shapes by nobody, CC0" in archive.read(f"{folder}/LICENSE.txt").decode()
        assert "Seed: 8" in archive.read(f"{folder}/PROVENANCE.txt").decode()


@pytest.mark.parametrize("tail", EXPORTS)
async def test_the_same_result_gives_the_same_bytes_which_are_not_sent_twice(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any], tail: str
) -> None:
    first, again = [await got(client, seller, job, tail) for _ in range(2)]
    assert first.content == again.content
    held = {**seller, "If-None-Match": f"W/{first.headers['etag']}"}
    response = await client.get(f"/generations/{job['id']}/{tail}", headers=held)
    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_nobody_else_gets_anything(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, moderator: Headers, job: dict[str, Any]
) -> None:
    for tail in EXPORTS:
        path = f"/generations/{job['id']}/{tail}"
        assert_problem(await client.get(path), "TOKEN_REQUIRED")
        for other in (stranger, moderator):
            assert_problem(await client.get(path, headers=other), "NOT_FOUND")


async def test_before_there_is_a_result_there_is_nothing_to_export(client: httpx.AsyncClient, seller: Headers) -> None:
    job = await asked(client, seller)
    for tail in EXPORTS:
        response = await client.get(f"/generations/{job['id']}/{tail}", headers=seller)
        assert response.status_code == 409
        assert_problem(response, "NO_RESULT")


async def test_a_size_format_or_engine_that_is_not_offered_is_refused(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any]
) -> None:
    wrong = {"exports?size=15": "size", "exports?size=513": "size", "exports?format=gif": "format",
             "archive?engine=unreal": "engine", "archive": "engine", "atlas?kind=sketch": "kind"}  # fmt: skip
    for tail, field in wrong.items():
        response = await client.get(f"/generations/{job['id']}/{tail}", headers=seller)
        assert_problem(response, "VALIDATION_FAILED", field=field)


async def test_pictures_that_are_lost_are_not_found(
    client: httpx.AsyncClient, seller: Headers, job: dict[str, Any], settings: Settings
) -> None:
    for path in (settings.folder / "assets").rglob("*.png"):
        path.unlink()
    assert_problem(await client.get(f"/generations/{job['id']}/atlas", headers=seller), "NOT_FOUND")
