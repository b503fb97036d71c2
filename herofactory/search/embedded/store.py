from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from herofactory.platform.clock import Clock, SystemClock
from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.document import ItemDocument
from herofactory.search.embedded import generation
from herofactory.search.embedded.builder import build
from herofactory.search.embedded.lock import FileLock
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.stubs import remembered
from herofactory.search.embedded.writer import IndexWriter
from herofactory.search.errors import IndexBusy
from herofactory.search.plan import Planner
from herofactory.search.report import RebuildReport

WEEK_S = 604_800.0


class IndexStore:
    """The folder of an embedded index: `<root>/current` names the generation in use, `writer.lock` its one writer."""

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock | None = None,
        gone_retention_s: float = WEEK_S,
        analyzer: KoreanAnalyzer | None = None,
        planner: Planner | None = None,
    ) -> None:
        """`gone_retention_s`: seconds a removed id is remembered; as long as the topic keeps tombstones."""
        self.root = root
        self._clock = clock or SystemClock()
        self._retention = timedelta(seconds=gone_retention_s)
        self._analyzer = analyzer or korean_analyzer()
        self._planner = planner

    def open_reader(self) -> IndexReader:
        """Opens nothing yet: calls raise IndexMissing until a writer was opened, and then follow the index."""
        return IndexReader(self.root, self._planner)

    def open_writer(self, wait_s: float = 20.0) -> IndexWriter:
        """Makes an empty index where there is none (`created` says so) and removes leftovers.

        Waits up to `wait_s` seconds for another writer to go: IndexBusy. Raises RebuildNeeded: then `rebuild`.
        """
        lock = self._lock(wait_s)
        try:
            created = generation.current(self.root) is None
            if created:
                generation.make_current(self.root, generation.create(self.root))
            generation.remove_unused(self.root)
            return IndexWriter(self.root, lock, self._clock, self._retention, self._analyzer, created=created)
        except BaseException:
            lock.release()
            raise

    def rebuild(self, documents: Iterable[ItemDocument], wait_s: float = 20.0) -> RebuildReport:
        """A new generation from all documents there are, also over an index of another version.

        Only without an open writer (IndexBusy); with one, call its own `rebuild`.
        """
        with self._lock(wait_s):
            report = build(self.root, documents, remembered(generation.current(self.root)), self._analyzer)
            generation.remove_unused(self.root)
            return report

    def request_rebuild(self) -> None:
        """Asks the process that holds the writer for a rebuild; any rebuild answers the request."""
        self.root.mkdir(parents=True, exist_ok=True)
        generation.request(self.root).touch()

    def rebuild_requested(self) -> bool:
        return generation.request(self.root).exists()

    def _lock(self, wait_s: float) -> FileLock:
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / "writer.lock")
        if not lock.acquire("exclusive", wait_s):
            raise IndexBusy(
                f"Another process writes the search index in {self.root} (waited {wait_s:g} s); stop it first."
            )
        return lock
