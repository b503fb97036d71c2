from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from herofactory.accounts.signing_key import load_signing_key
from herofactory.assets.links import Links
from herofactory.assets.s3 import Bucket, S3Store
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from tests.stack.ports import free_port
from tests.support.images import picture, pixel_bomb
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]


async def upload(client: httpx.AsyncClient, headers: Headers, data: bytes, **more: str) -> httpx.Response:
    files = {"file": ("sword.png", data, "image/png")}
    return await client.post("/uploads", files=files, headers={**headers, **more})


async def uploaded(client: httpx.AsyncClient, headers: Headers, data: bytes | None = None) -> str:
    response = await upload(client, headers, data or picture())
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def show(client: httpx.AsyncClient, headers: Headers, sword: dict[str, Any], image_id: str) -> str:
    response = await client.post("/items", json={**sword, "image_id": image_id}, headers=headers)
    assert response.status_code == 201, response.text
    assert response.json()["image_url"] == f"/api/v1/assets/{image_id}"
    return str(response.json()["id"])


async def test_an_upload_answers_id_and_size_and_its_owner_gets_the_clean_image_back(
    client: httpx.AsyncClient, seller: Headers
) -> None:
    response = await upload(client, seller, picture("JPEG", (30, 20)))
    body = response.json()
    assert (response.status_code, body["width"], body["height"]) == (201, 30, 20)
    image = await client.get(f"/assets/{body['id']}", headers=seller)
    assert image.headers["content-type"] == "image/png"
    assert image.headers["x-content-type-options"] == "nosniff"
    with Image.open(io.BytesIO(image.content)) as opened:
        assert (opened.format, opened.size) == ("PNG", (30, 20))


async def test_the_same_image_again_is_the_same_upload_for_its_owner_only(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, settings: Settings
) -> None:
    first, again, other = [await uploaded(client, headers) for headers in (seller, seller, stranger)]
    assert first == again != other
    assert len(list((settings.folder / "assets").rglob("*.png"))) == 1


async def test_an_idempotency_key_covers_the_bytes_of_the_file(client: httpx.AsyncClient, seller: Headers) -> None:
    key = {"Idempotency-Key": "k"}
    first = await upload(client, seller, picture(), **key)
    again = await upload(client, seller, picture(), **key)
    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    assert_problem(await upload(client, seller, picture(size=(9, 9)), **key), "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "INVALID_IMAGE"),
        (b"\x89PNG\r\n\x1a\n<?php evil(); ?>", "INVALID_IMAGE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "INVALID_IMAGE"),
        (picture(size=(200, 200))[:-400], "INVALID_IMAGE"),
        (pixel_bomb(30_000, 30_000), "IMAGE_TOO_LARGE"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 10_000_000, "IMAGE_TOO_LARGE"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 10_100_000, "PAYLOAD_TOO_LARGE"),
    ],
    ids=["empty", "fake", "svg", "truncated", "pixel bomb", "too many bytes", "far too many bytes"],
)
async def test_what_is_no_image_of_ours_is_refused(
    client: httpx.AsyncClient, seller: Headers, database: Database, data: bytes, code: str
) -> None:
    assert_problem(await upload(client, seller, data), code)
    assert await database.fetch("SELECT FROM assets") == []


async def test_a_form_without_the_file_or_no_form_at_all_is_refused(client: httpx.AsyncClient, seller: Headers) -> None:
    wrong = await client.post("/uploads", files={"image": picture()}, headers=seller)
    assert_problem(wrong, "VALIDATION_FAILED", field="file")
    text = await client.post("/uploads", data={"file": "text"}, files={"x": b""}, headers=seller)
    assert_problem(text, "VALIDATION_FAILED", field="file")
    raw = await client.post("/uploads", content=picture(), headers={**seller, "Content-Type": "image/png"})
    assert_problem(raw, "UNSUPPORTED_MEDIA_TYPE")
    for broken in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = await client.post("/uploads", content=b"--y\r\n", headers={**seller, "Content-Type": broken})
        assert response.status_code in (400, 422)
        assert_problem(response, "BAD_REQUEST" if response.status_code == 400 else "VALIDATION_FAILED")


async def test_an_unapproved_image_is_there_for_its_owner_and_moderators_only(
    client: httpx.AsyncClient,
    seller: Headers,
    stranger: Headers,
    moderator: Headers,
    sword: dict[str, Any],
    database: Database,
) -> None:
    image_id = await uploaded(client, seller)
    await uploaded(client, stranger)
    await show(client, seller, sword, image_id)
    for status in ("pending", "rejected", "review"):
        async with database.transaction() as transaction:
            await transaction.execute("UPDATE items SET status = %s", (status,))
        for headers in (seller, moderator):
            response = await client.get(f"/assets/{image_id}", headers=headers)
            assert (response.status_code, response.headers["cache-control"]) == (200, "private, no-store")
        for nobody in ({}, stranger):
            response = await client.get(f"/assets/{image_id}", headers=nobody)
            assert_problem(response, "NOT_FOUND")
            assert response.headers["cache-control"] == "no-store"


async def test_an_approved_items_image_is_for_everybody_and_its_twin_of_another_owner_is_not(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any], database: Database
) -> None:
    image_id, twin_id = await uploaded(client, seller), await uploaded(client, stranger)
    await show(client, seller, sword, image_id)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'approved'")
    response = await client.get(f"/assets/{image_id}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["vary"] == "authorization"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert_problem(await client.get(f"/assets/{twin_id}"), "NOT_FOUND")


async def test_what_a_client_holds_already_is_not_sent_again(client: httpx.AsyncClient, seller: Headers) -> None:
    path = f"/assets/{await uploaded(client, seller)}"
    whole = await client.get(path, headers=seller)
    etag = whole.headers["etag"]
    for known in (etag, f'W/{etag}, "other"', "*"):
        again = await client.get(path, headers={**seller, "If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await client.get(path, headers={**seller, "If-None-Match": '"other"'})).status_code == 200
    head = await client.head(path, headers=seller)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(whole.content)
    assert_problem(await client.get(path, headers={"If-None-Match": etag}), "NOT_FOUND")


async def test_an_item_cannot_show_another_sellers_image(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any]
) -> None:
    image_id = await uploaded(client, stranger)
    response = await client.post("/items", json={**sword, "image_id": image_id}, headers=seller)
    assert_problem(response, "VALIDATION_FAILED", field="image_id")


async def test_an_image_whose_bytes_are_lost_is_not_found(
    client: httpx.AsyncClient, seller: Headers, settings: Settings
) -> None:
    image_id = await uploaded(client, seller)
    for path in (settings.folder / "assets").rglob("*.png"):
        path.unlink()
    assert_problem(await client.get(f"/assets/{image_id}", headers=seller), "NOT_FOUND")


async def linked(client: httpx.AsyncClient, headers: Headers, image_id: str) -> dict[str, Any]:
    response = await client.get(f"/assets/{image_id}/link", headers=headers)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store"), response.text
    return dict(response.json())


async def test_a_link_of_its_owner_or_a_moderator_gives_an_image_to_whoever_holds_it(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, moderator: Headers, settings: Settings
) -> None:
    image_id = await uploaded(client, seller)
    for headers in (seller, moderator):
        link = await linked(client, headers, image_id)
        until = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
        assert timedelta(0) < until <= timedelta(seconds=settings.asset_url_ttl_s)
        for holder in ({}, stranger):
            response = await client.get(f"http://hero{link['url']}", headers=holder)
            assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
            assert response.headers["cache-control"] == "private, no-store"
    assert_problem(await client.get(f"/assets/{image_id}"), "NOT_FOUND")


async def test_a_link_that_was_changed_is_refused_and_an_old_one_is_told_of(
    client: httpx.AsyncClient, seller: Headers, app: FastAPI
) -> None:
    image_id, other_id = await uploaded(client, seller), await uploaded(client, seller, picture(size=(9, 9)))
    url = f"http://hero{(await linked(client, seller, image_id))['url']}"
    expires = int(parse_qs(urlsplit(url).query)["expires"][0])
    changed = {
        url.replace(image_id, other_id),
        url.replace(f"expires={expires}", f"expires={expires + 1}"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.split("&")[0],
        f"http://hero/api/v1/assets/{image_id}?signature={url.rpartition('=')[2]}",
        f"http://hero/api/v1/assets/{image_id}?expires=1&signature=%EA%B2%80",
    }
    for each in changed:
        response = await client.get(each, headers=seller)
        assert response.status_code == 403
        assert_problem(response, "LINK_INVALID")
    links: Links = app.state.services.links
    old = Links(load_signing_key(app.state.services.settings.folder / "keys"), -1, SystemClock()).sign(UUID(image_id))
    assert old.signature != links.sign(UUID(image_id)).signature
    response = await client.get(f"/assets/{image_id}?expires={old.expires}&signature={old.signature}")
    assert response.status_code == 403
    assert_problem(response, "LINK_EXPIRED")


async def test_links_are_made_by_owner_and_moderators_only(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any], database: Database
) -> None:
    image_id = await uploaded(client, seller)
    assert_problem(await client.get(f"/assets/{image_id}/link"), "TOKEN_REQUIRED")
    assert_problem(await client.get(f"/assets/{image_id}/link", headers=stranger), "NOT_FOUND")
    await show(client, seller, sword, image_id)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'approved'")
    assert_problem(await client.get(f"/assets/{image_id}/link", headers=stranger), "FORBIDDEN")


async def test_while_the_store_of_images_is_away_clients_are_told_to_come_back(
    client: httpx.AsyncClient, seller: Headers, app: FastAPI
) -> None:
    image_id = await uploaded(client, seller)
    away = Bucket("images", endpoint=f"http://127.0.0.1:{free_port()}", region="r", access_key="id", secret_key="key")
    app.state.services = replace(app.state.services, assets=S3Store(away))
    assert_problem(await client.get(f"/assets/{image_id}", headers=seller), "UNAVAILABLE")
    assert_problem(await upload(client, seller, picture(size=(9, 9))), "UNAVAILABLE")
