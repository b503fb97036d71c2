"""The search index as the edge holds it: opened when it is first needed, and again after it was missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from herofactory.search.errors import IndexMissing
from herofactory.search.page import SearchPage
from herofactory.search.port import SearchReader, Stored
from herofactory.search.query import SearchQuery


def _open(folder: Path) -> SearchReader:
    # The analyser's dictionary is large: nothing of it is loaded before somebody searches.
    raise IndexMissing(f"there is no search index in {folder} yet")


class LazySearch:
    """A SearchReader. Raises SearchError for as long as there is no index."""

    def __init__(self, folder: Path, open_reader: Callable[[Path], SearchReader] = _open) -> None:
        self._folder = folder
        self._open = open_reader
        self._reader: SearchReader | None = None
        self._lock = threading.Lock()

    def refresh(self) -> None:
        self._opened().refresh()

    def search(self, query: SearchQuery) -> SearchPage:
        return self._opened().search(query)

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[str]:
        return self._opened().suggest(prefix, limit)

    def stored(self, id: str) -> Stored | None:
        return self._opened().stored(id)

    def count(self) -> int:
        return self._opened().count()

    def _opened(self) -> SearchReader:
        with self._lock:
            if self._reader is None:
                self._reader = self._open(self._folder)
            return self._reader
