from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from herofactory.search.embedded import generation, in_use
from herofactory.search.embedded.held import held
from herofactory.search.embedded.owner import EmbeddedOwner
from herofactory.search.embedded.store import WEEK_S, IndexStore
from herofactory.search.errors import IndexMissing
from herofactory.search.places import Held


class EmbeddedPlaces:
    """places.IndexPlaces: `<root>/<place>/` each, the first in `<root>` itself, and `<root>/in-use`."""

    def __init__(self, root: Path, gone_retention_s: float = WEEK_S) -> None:
        self._root = root
        self._retention_s = gone_retention_s

    def in_use(self) -> str:
        return in_use.read(self._root)

    def create(self, place: str) -> None:
        self._store(place).create()

    def use(self, place: str) -> None:
        self._current(place)
        if self.in_use() != place:
            in_use.write(self._root, place)

    def drop(self, place: str) -> None:
        self._store(place).drop()

    def settle(self, place: str) -> None:
        """Nothing to do: what is committed is seen."""

    def held(self, place: str) -> Iterator[Held]:
        return held(self._current(place))

    def owner(self, place: str) -> EmbeddedOwner:
        return EmbeddedOwner(self._store(place))

    def close(self) -> None:
        """Nothing is held open."""

    def _store(self, place: str) -> IndexStore:
        return IndexStore(self._root, place, gone_retention_s=self._retention_s)

    def _current(self, place: str) -> Path:
        path = generation.current(in_use.folder(self._root, place))
        if path is None:
            raise IndexMissing(f"There is no search index in place {place!r} of {self._root}.")
        return path
