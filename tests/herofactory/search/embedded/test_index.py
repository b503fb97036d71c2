from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.search.embedded.index import EmbeddedIndex
from herofactory.search.embedded.store import IndexStore
from tests.contract.search_index import SearchIndexContract


class TestEmbeddedIndex(SearchIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[EmbeddedIndex]:
        index = EmbeddedIndex(IndexStore(tmp_path / "search"))
        yield index
        index.close()
