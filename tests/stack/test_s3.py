"""Images in a bucket of a real server: the port's contract, and what is told when it refuses or is away."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from minio import Minio
from pydantic import SecretStr

from api.app import create_app
from herofactory.accounts.signing_key import load_signing_key
from herofactory.accounts.tokens import TokenIssuer
from herofactory.assets.s3 import Bucket, S3Store
from herofactory.assets.store import AssetStore, StoreUnavailable
from herofactory.platform.clock import SystemClock
from herofactory.platform.settings import Settings
from tests.contract.asset_store import AssetStoreContract, image
from tests.stack.servers.s3 import S3
from tests.support.images import picture

pytestmark = pytest.mark.stack


@pytest.fixture(scope="session")
def admin(s3: S3) -> Minio:
    return Minio(f"127.0.0.1:{s3.port}", s3.access_key, s3.secret_key, secure=False, region="us-east-1")


@pytest.fixture
def bucket(s3: S3, admin: Minio) -> Bucket:
    name = f"images-{secrets.token_hex(4)}"
    admin.make_bucket(name)
    return Bucket(name, "hero", s3.url, "us-east-1", s3.access_key, s3.secret_key)


@pytest.fixture
def store(bucket: Bucket) -> S3Store:
    return S3Store(bucket)


@pytest.fixture
def again(bucket: Bucket) -> Callable[[], AssetStore]:
    return lambda: S3Store(bucket)


class TestS3Store(AssetStoreContract):
    """The contract."""


def test_objects_lie_under_the_prefix_by_their_hash(store: S3Store, bucket: Bucket, admin: Minio) -> None:
    sword = image(b"sword")
    store.put(sword)
    store.put(sword)
    # The server shows its folders as objects, too.
    listed = [each.object_name or "" for each in admin.list_objects(bucket.name, recursive=True)]
    (name,) = (name for name in listed if not name.endswith("/"))
    assert name == f"hero/{sword.sha256[:2]}/{sword.sha256}.png"
    assert admin.stat_object(bucket.name, name).content_type == "image/png"


def test_a_bucket_without_a_prefix_and_with_an_unnamed_region_does_too(bucket: Bucket) -> None:
    store, sword = S3Store(replace(bucket, prefix="", region=None)), image(b"sword")
    store.put(sword)
    assert store.read(sword.sha256) == b"sword"


@pytest.mark.parametrize("wrong", ["key", "bucket"])
def test_a_wrong_key_or_bucket_is_told_of_and_the_secret_is_not(bucket: Bucket, wrong: str) -> None:
    elsewhere, unsigned = replace(bucket, name="images-of-nobody"), replace(bucket, secret_key="never-shown")
    store = S3Store(unsigned if wrong == "key" else elsewhere)
    for asking in (store.probe, lambda: store.put(image(b"x")), lambda: store.read("0" * 64)):
        with pytest.raises(StoreUnavailable) as caught:
            asking()
        assert "never-shown" not in str(caught.value)


def test_it_serves_again_after_the_server_was_killed(s3: S3, store: S3Store) -> None:
    sword, shield = image(b"sword"), image(b"shield")
    store.put(sword)
    with killed(s3), pytest.raises(StoreUnavailable, match="does not answer"):
        store.put(shield)
    store.put(shield)
    assert (store.read(sword.sha256), store.read(shield.sha256)) == (b"sword", b"shield")


@pytest.mark.anyio
async def test_the_edge_keeps_images_in_the_bucket_alone(settings: Settings, bucket: Bucket) -> None:
    chosen = settings.model_copy(
        update={
            "asset_store": f"s3://{bucket.name}/{bucket.prefix}",
            "s3_endpoint": bucket.endpoint,
            "s3_access_key": SecretStr(bucket.access_key),
            "s3_secret_key": SecretStr(bucket.secret_key),
        }
    )
    app = create_app(chosen)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=("192.0.2.1", 1234))
        issuer = TokenIssuer(load_signing_key(chosen.folder / "keys"), 3600, SystemClock())
        seller = {"Authorization": f"Bearer {issuer.issue('seller-1')}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://hero") as client:
            files = {"file": ("sword.png", picture(), "image/png")}
            sent = await client.post("/api/v1/uploads", files=files, headers=seller)
            link = await client.get(f"/api/v1/assets/{sent.json()['id']}/link", headers=seller)
            got = await client.get(link.json()["url"])
    assert (sent.status_code, got.status_code) == (201, 200)
    assert S3Store(bucket).read(hashlib.sha256(got.content).hexdigest()) == got.content
    assert not (chosen.folder / "assets").exists()


@contextmanager
def killed(s3: S3) -> Iterator[None]:
    s3.kill()
    try:
        yield
    finally:
        s3.start()
