from __future__ import annotations

from herofactory.search.embedded import generation
from herofactory.search.embedded.store import IndexStore
from herofactory.search.embedded.writer import IndexWriter
from herofactory.search.errors import RebuildNeeded
from herofactory.search.places import Alone, Documents
from herofactory.search.report import RebuildReport


class EmbeddedOwner:
    """open.IndexOwner. Its folder's lock keeps others away, so it needs no other."""

    def __init__(self, store: IndexStore) -> None:
        self._store = store
        self._writer: IndexWriter | None = None

    def open(
        self,
        documents: Documents,
        alone: Alone,  # noqa: ARG002  (see above)
        *,
        in_use: bool = True,
    ) -> RebuildReport | None:
        """Raises IndexBusy."""
        report = None
        if generation.current(self._store.folder) is None:
            report = self._store.rebuild(documents())
        try:
            self._writer = self._store.open_writer()
        except RebuildNeeded:
            report = self._store.rebuild(documents())
            self._writer = self._store.open_writer()
        if in_use:
            self._store.offer()
        return report

    @property
    def writer(self) -> IndexWriter:
        assert self._writer is not None
        return self._writer

    def rebuild(self, documents: Documents) -> RebuildReport:
        return self.writer.rebuild(documents())

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
