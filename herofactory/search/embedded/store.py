from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from herofactory.platform.clock import Clock, SystemClock
from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.document import ItemDocument
from herofactory.search.embedded import generation, in_use
from herofactory.search.embedded.builder import build
from herofactory.search.embedded.lock import FileLock
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.stubs import remembered
from herofactory.search.embedded.writer import IndexWriter
from herofactory.search.errors import IndexBusy
from herofactory.search.places import FIRST
from herofactory.search.plan import Planner
from herofactory.search.report import RebuildReport

WEEK_S = 604_800.0


class IndexStore:
    """One place of an embedded index: its folder's `current` names what is searched, `writer.lock` its one writer."""

    def __init__(
        self,
        root: Path,
        place: str = FIRST,
        *,
        clock: Clock | None = None,
        gone_retention_s: float = WEEK_S,
        analyzer: KoreanAnalyzer | None = None,
        planner: Planner | None = None,
    ) -> None:
        """`gone_retention_s`: seconds a removed id is remembered; as long as the topic keeps tombstones."""
        self.root = root
        self.place = place
        self.folder = in_use.folder(root, place)
        self._clock = clock or SystemClock()
        self._retention = timedelta(seconds=gone_retention_s)
        self._analyzer = analyzer or korean_analyzer()
        self._planner = planner

    def open_reader(self) -> IndexReader:
        """Of the place in use, whichever that is, and follows. Opens nothing yet: before there is an index, calls raise
        IndexMissing."""
        return IndexReader(self.root, self._planner)

    def open_writer(self, wait_s: float = 20.0) -> IndexWriter:
        """Makes an empty index where there is none (`created` says so) and removes leftovers.

        Waits up to `wait_s` seconds for another writer to go: IndexBusy. Raises RebuildNeeded: then `rebuild`.
        """
        lock = self._lock(wait_s)
        try:
            created = generation.current(self.folder) is None
            if created:
                generation.make_current(self.folder, generation.create(self.folder))
            generation.remove_unused(self.folder)
            return IndexWriter(self.folder, lock, self._clock, self._retention, self._analyzer, created=created)
        except BaseException:
            lock.release()
            raise

    def rebuild(self, documents: Iterable[ItemDocument], wait_s: float = 20.0) -> RebuildReport:
        """A new generation from all documents there are, also over an index of another version.

        Only without an open writer (IndexBusy); with one, call its own `rebuild`.
        """
        with self._lock(wait_s):
            report = build(self.folder, documents, remembered(generation.current(self.folder)), self._analyzer)
            generation.remove_unused(self.folder)
            return report

    def create(self, wait_s: float = 20.0) -> None:
        """An empty index where there is none. Raises IndexBusy."""
        if generation.current(self.folder) is None:
            self.open_writer(wait_s).close()

    def offer(self) -> None:
        """Readers that nobody sent anywhere, as after the whole folder was lost, come here."""
        if self.place != FIRST and not in_use.is_told(self.root):
            in_use.write(self.root, self.place)

    def drop(self, wait_s: float = 20.0) -> None:
        """All of it is deleted, however old or broken; who reads it goes on until it looks again. Raises IndexBusy."""
        if not self.folder.exists():
            return
        with self._lock(wait_s):
            generation.remove_all(self.folder)
            if self.folder != self.root:
                shutil.rmtree(self.folder, ignore_errors=True)

    def _lock(self, wait_s: float) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "writer.lock")
        if not lock.acquire("exclusive", wait_s):
            raise IndexBusy(
                f"Another process writes the search index in {self.folder} (waited {wait_s:g} s); stop it first."
            )
        return lock
