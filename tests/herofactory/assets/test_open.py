from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from herofactory.assets.folder import FolderStore
from herofactory.assets.open import open_store
from herofactory.assets.s3 import AMAZON, Bucket, S3Store
from herofactory.assets.store import StoreUnavailable
from herofactory.platform.settings import Settings
from tests.stack.ports import free_port

KEYS = {"s3_access_key": "id", "s3_secret_key": "never-shown"}


def chosen(tmp_path: Path, **more: str) -> Settings:
    return Settings.model_validate({"data": tmp_path, **more})


def test_without_a_setting_images_lie_in_the_data_folder(tmp_path: Path) -> None:
    store = open_store(chosen(tmp_path))
    assert isinstance(store, FolderStore)
    assert store.probe() == str(tmp_path / "assets")


def test_a_bucket_is_opened_without_asking_it_anything(tmp_path: Path) -> None:
    assert isinstance(open_store(chosen(tmp_path, asset_store="s3://images/hero", **KEYS)), S3Store)


@pytest.mark.parametrize("url", ["images", "http://images", "s3://", "s3://a:b@images", "s3://images?x=1", "s3://I"])
def test_what_names_no_bucket_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError):
        chosen(tmp_path, asset_store=url, **KEYS)


@pytest.mark.parametrize("missing", KEYS)
def test_a_bucket_needs_both_keys(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ValidationError, match="HERO_S3_SECRET_KEY"):
        chosen(tmp_path, asset_store="s3://images", **{name: KEYS[name] for name in KEYS if name != missing})


def test_an_address_is_read_in_parts() -> None:
    bucket = Bucket.parse("s3://images/a/b/", secret_key="never-shown")
    assert (bucket.name, bucket.prefix, bucket.endpoint) == ("images", "a/b", AMAZON)
    assert "never-shown" not in f"{bucket} {bucket!r}"
    assert Bucket.parse("s3://images").prefix == ""
    with pytest.raises(ValueError, match="s3://BUCKET"):
        Bucket.parse("images")


def test_a_server_that_is_away_is_told_of_without_the_keys() -> None:
    store = S3Store(Bucket("images", endpoint=f"http://127.0.0.1:{free_port()}", region="r", secret_key="never-shown"))
    for asking in (store.probe, lambda: store.read("0" * 64), lambda: store.exists("0" * 64)):
        with pytest.raises(StoreUnavailable, match="does not answer") as caught:
            asking()
        assert "never-shown" not in str(caught.value)
