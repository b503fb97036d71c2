"""What every asset store promises. Subclasses give `store`, an empty one, and `again`, which opens the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.assets.image import Image
from herofactory.assets.store import AssetNotFound, AssetStore

NOBODYS = hashlib.sha256(b"nobody's").hexdigest()
BYTES = st.binary(min_size=1, max_size=2_000)


def image(data: bytes) -> Image:
    """A store looks at no pixels."""
    return Image(data, 8, 8)


class AssetStoreContract:
    def test_what_was_put_is_read_again(self, store: AssetStore) -> None:
        sword, shield = image(b"sword"), image(b"shield")
        store.put(sword)
        store.put(shield)
        assert store.read(sword.sha256) == b"sword"
        assert store.read(shield.sha256) == b"shield"

    def test_what_was_put_is_there_for_another_process(
        self, store: AssetStore, again: Callable[[], AssetStore]
    ) -> None:
        sword = image(b"sword")
        store.put(sword)
        assert again().exists(sword.sha256)
        assert again().read(sword.sha256) == b"sword"

    def test_what_was_never_put_is_not_found(self, store: AssetStore) -> None:
        assert not store.exists(NOBODYS)
        with pytest.raises(AssetNotFound, match=NOBODYS):
            store.read(NOBODYS)

    def test_callers_that_know_files_only_are_told_of_a_missing_one(self, store: AssetStore) -> None:
        with pytest.raises(FileNotFoundError):
            store.read(NOBODYS)

    def test_putting_the_same_again_changes_nothing(self, store: AssetStore) -> None:
        sword = image(b"sword")
        for _ in range(3):
            store.put(sword)
        assert store.read(sword.sha256) == b"sword"

    def test_a_large_image_comes_back_whole(self, store: AssetStore) -> None:
        large = image(hashlib.shake_256(b"pixels").digest(6_000_000))
        store.put(large)
        assert store.read(large.sha256) == large.data

    def test_many_threads_may_put_the_same_image_at_once(self, store: AssetStore) -> None:
        sword = image(hashlib.shake_256(b"sword").digest(100_000))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: store.put(sword), range(16)))
            read = list(pool.map(lambda _: store.read(sword.sha256), range(16)))
        assert set(read) == {sword.data}

    def test_looking_at_it_tells_where_it_is_and_stores_nothing(self, store: AssetStore) -> None:
        assert store.probe() == store.probe()
        assert not store.exists(NOBODYS)

    @given(datas=st.lists(BYTES, min_size=1, max_size=6))
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def test_any_bytes_in_any_order_are_found_under_their_hash(self, store: AssetStore, datas: list[bytes]) -> None:
        for data in datas:
            store.put(image(data))
        assert [store.read(image(data).sha256) for data in datas] == datas
