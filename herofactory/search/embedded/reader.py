from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from herofactory.search.answer import Answerer
from herofactory.search.embedded import generation, in_use, pointer
from herofactory.search.embedded.opened import OpenGeneration
from herofactory.search.embedded.view import View
from herofactory.search.errors import IndexDamaged, IndexMissing
from herofactory.search.page import SearchPage
from herofactory.search.plan import Planner
from herofactory.search.port import Stored
from herofactory.search.query import SearchQuery


class _Sign(NamedTuple):
    """Where a reader was sent, and by which state of the two pointers."""

    folder: Path
    place: pointer.State | None
    current: pointer.State | None

    @classmethod
    def read(cls, root: Path) -> _Sign:
        place = in_use.state(root)  # before the name: one that changes between the two is seen the next time
        folder = in_use.folder(root, in_use.read(root))
        return cls(folder, place, generation.pointer_state(folder))

    def holds(self, root: Path) -> bool:
        """Costs two stats."""
        return (self.place, self.current) == (in_use.state(root), generation.pointer_state(self.folder))


class IndexReader:
    """Reads what is current in the place in use, and follows when either moves. Thread-safe."""

    def __init__(self, root: Path, planner: Planner | None = None) -> None:
        self._root = root
        self._answerer = Answerer(planner)
        self._lock = threading.Lock()
        self._sign: _Sign | None = None
        self._open: OpenGeneration | None = None

    def refresh(self) -> None:
        """Raises IndexMissing before the first generation, StampMismatch for another version's."""
        self._refreshed()

    def search(self, query: SearchQuery) -> SearchPage:
        return self._answerer.search(View(self._refreshed()), query)

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[str]:
        return self._answerer.suggest(View(self._refreshed()), prefix, limit)

    def stored(self, id: str) -> Stored | None:
        opened = self._opened()
        return opened.stored(opened.searcher(), id)

    def count(self) -> int:
        return View(self._opened()).count()

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = self._sign = None

    def _refreshed(self) -> OpenGeneration:
        opened = self._opened()
        try:
            opened.reload()
        except (OSError, ValueError):
            # A rebuild took the generation away between the two lines; if the pointer has not moved, it is damaged.
            if self._opened() is opened:
                raise
            return self._refreshed()
        return opened

    def _opened(self) -> OpenGeneration:
        """The current generation, opened anew when a pointer moved."""
        opened, sign = self._open, self._sign
        if opened is not None and sign is not None and sign.holds(self._root):
            return opened
        with self._lock:
            return self._follow()

    def _follow(self) -> OpenGeneration:
        for _ in range(10):  # a rebuild may finish, and remove what we read in the pointer, while we open it
            sign = _Sign.read(self._root)
            path = generation.current(sign.folder)
            if path is None:
                break
            if self._open is not None and self._open.path == path:
                self._sign = sign
                return self._open
            try:
                fresh = OpenGeneration(path)
            except (IndexMissing, IndexDamaged):
                if sign.holds(self._root) and path.exists():
                    raise
                continue
            if self._open is not None:
                self._open.close()
            self._open, self._sign = fresh, sign
            return fresh
        raise IndexMissing(f"There is no search index in {self._root} yet; the indexing agent makes it.")
