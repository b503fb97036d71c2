from __future__ import annotations

from pathlib import Path

import pytest

from herofactory.assets.image import Image, sanitise
from herofactory.assets.store import AssetStore
from tests.support.images import picture


@pytest.fixture
def image() -> Image:
    return sanitise(picture(), max_bytes=10_000, max_pixels=10_000)


def test_what_was_put_is_read_again(tmp_path: Path, image: Image) -> None:
    store = AssetStore(tmp_path)
    store.put(image)
    assert store.read(image.sha256) == image.data


def test_putting_the_same_again_leaves_one_file(tmp_path: Path, image: Image) -> None:
    for _ in range(2):
        AssetStore(tmp_path).put(image)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [AssetStore(tmp_path).path(image.sha256)]


def test_a_half_written_file_of_a_killed_process_is_never_read(tmp_path: Path, image: Image) -> None:
    store = AssetStore(tmp_path)
    path = store.path(image.sha256)
    path.parent.mkdir()
    path.with_name(f"{path.name}.123-abcd").write_bytes(image.data[:10])
    with pytest.raises(FileNotFoundError):
        store.read(image.sha256)
    store.put(image)
    assert store.read(image.sha256) == image.data
