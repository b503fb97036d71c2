from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from herofactory.assets.folder import FolderStore
from herofactory.assets.store import AssetNotFound, AssetStore, StoreFull
from tests.contract.asset_store import AssetStoreContract, image
from tests.support.space import no_space


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "assets")


@pytest.fixture
def again(tmp_path: Path) -> Callable[[], AssetStore]:
    return lambda: FolderStore(tmp_path / "assets")


class TestFolderStore(AssetStoreContract):
    """The contract."""


def test_putting_the_same_again_leaves_one_file(tmp_path: Path, store: FolderStore) -> None:
    sword = image(b"sword")
    for _ in range(2):
        store.put(sword)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path(sword.sha256)]


def test_a_half_written_file_of_a_killed_process_is_never_read(store: FolderStore) -> None:
    sword = image(b"sword")
    path = store.path(sword.sha256)
    path.parent.mkdir(parents=True)
    path.with_name(f"{path.name}.123-abcd").write_bytes(sword.data[:2])
    with pytest.raises(AssetNotFound):
        store.read(sword.sha256)
    store.put(sword)
    assert store.read(sword.sha256) == sword.data


def test_looking_at_it_makes_no_folder(tmp_path: Path, store: FolderStore) -> None:
    assert store.probe() == str(tmp_path / "assets")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_as_such_and_leaves_nothing_half_written(tmp_path: Path, store: FolderStore) -> None:
    with no_space(psutil.Process()), pytest.raises(StoreFull, match="no space is left"):
        store.put(image(b"sword"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    store.put(image(b"sword"))
    assert store.exists(image(b"sword").sha256)
