from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import tantivy
from tantivy import FieldType, Query

from herofactory.platform.clock import Clock
from herofactory.search.analysis.analyzer import KoreanAnalyzer
from herofactory.search.document import ItemDocument
from herofactory.search.embedded import generation, order, record
from herofactory.search.embedded.builder import build
from herofactory.search.embedded.lock import FileLock
from herofactory.search.embedded.opened import OpenGeneration
from herofactory.search.embedded.stubs import stubs
from herofactory.search.report import RebuildReport
from herofactory.search.write import Outcome, Upsert, Write, WriteOutcome, newest_by_id, told_in_order

# Bytes tantivy may hold before it writes a segment: 500 items need about 5 MB, a chunk of a replay ten times that.
_HEAP = 64_000_000
_MAX_REVISION = 2**63 - 1


class IndexWriter:
    """The one writer of an index folder. Thread-safe: calls wait for each other. Made by IndexStore.open_writer."""

    def __init__(
        self,
        root: Path,
        lock: FileLock,
        clock: Clock,
        retention: timedelta,
        analyzer: KoreanAnalyzer,
        *,
        created: bool = False,
    ) -> None:
        #: The index was empty and new when it was opened: everything there is must be written to it (`rebuild`).
        self.created = created
        self._root = root
        self._held = lock
        self._clock = clock
        self._retention = retention
        self._analyzer = analyzer
        self._turn = threading.Lock()
        self._switch()

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """See port.SearchWriter. One commit per call (about 10 ms), so hand over up to 500 writes at once."""
        with self._turn:
            chosen = newest_by_id(writes)
            outcomes = self._applied(chosen)
        return told_in_order(writes, chosen, outcomes)

    def sweep(self, now: datetime) -> int:
        with self._turn:
            before = order.milliseconds(now - self._retention)
            old = Query.range_query(self._opened.index.schema, "gone_at", FieldType.Unsigned, None, before, True, False)
            count = int(self._opened.searcher().search(old, limit=1).count)
            if count:
                self._writer.delete_documents_by_query(old)
                self._writer.commit()
                self._opened.reload()
            generation.remove_unused(self._root)
            return count

    def rebuild(self, documents: Iterable[ItemDocument]) -> RebuildReport:
        """Builds a new generation from all documents there are, goes over to it, and remembers what was gone.

        Readers go on with the old one until then. If it fails, or the process dies, the old one stays in use.
        """
        with self._turn:
            gone = stubs(self._opened.index)
            report = build(self._root, documents, gone, self._analyzer)
            self._leave()
            self._switch()
            generation.remove_unused(self._root)
            return report

    def close(self) -> None:
        """Waits for merges that go on, then lets another process write."""
        with self._turn:
            self._leave()
            self._held.release()

    def _switch(self) -> None:
        path = generation.current(self._root)
        assert path is not None
        self._opened = OpenGeneration(path)
        self._writer = self._opened.index.writer(_HEAP, 1)
        self._unsure = False

    def _leave(self) -> None:
        self._writer.wait_merging_threads()
        self._opened.close()

    def _applied(self, chosen: Mapping[str, Write]) -> dict[str, WriteOutcome]:
        try:
            self._look_again()
        except (OSError, ValueError) as error:
            return {id: _said(write, _classified(error), f"reload failed: {error}") for id, write in chosen.items()}
        try:
            outcomes = dict(self._put(chosen))
        except BaseException:  # half of a bulk must not be in the next commit
            self._recover()
            raise
        return self._commit(chosen, outcomes)

    def _put(self, chosen: Mapping[str, Write]) -> Iterator[tuple[str, WriteOutcome]]:
        searcher = self._opened.searcher()
        for id, write in chosen.items():
            stored = self._opened.stored(searcher, id)
            if stored is not None and write.revision <= stored.revision:
                yield id, _said(write, Outcome.STALE, f"revision {stored.revision} is stored")
                continue
            try:
                fresh = self._record(write)
            except (ValueError, OverflowError) as error:
                yield id, _said(write, Outcome.RECORD, str(error))
                continue
            if stored is not None:  # looking for nothing would cost every segment a search at the next commit
                self._writer.delete_documents_by_term("id", id)
            self._writer.add_document(fresh)
            yield id, _said(write, Outcome.OK)

    def _record(self, write: Write) -> tantivy.Document:
        if not write.id or not 0 <= write.revision <= _MAX_REVISION:
            raise ValueError(f"id {write.id!r} with revision {write.revision} cannot be stored")
        if isinstance(write, Upsert):
            return record.item(write.document, self._analyzer)
        return record.gone(write.id, write.revision, self._clock.now())

    def _commit(self, chosen: Mapping[str, Write], outcomes: dict[str, WriteOutcome]) -> dict[str, WriteOutcome]:
        if all(outcome.outcome is not Outcome.OK for outcome in outcomes.values()):
            return outcomes
        try:
            self._writer.commit()
            self._opened.reload()
        except Exception as error:  # noqa: BLE001 - tantivy raises ValueError for everything, also for a full disk
            self._recover()
            outcome, detail = _classified(error), f"commit failed: {error}"
            return {
                id: _said(chosen[id], outcome, detail) if was.outcome is Outcome.OK else was
                for id, was in outcomes.items()
            }
        return outcomes

    def _recover(self) -> None:
        """Drops what the failed commit held; a writer whose thread died is replaced.

        Nobody knows whether it took effect after all: what is stored is looked at anew before the next write.
        """
        self._unsure = True
        try:
            self._writer.rollback()
        except Exception:  # noqa: BLE001 - see _commit
            del self._writer
            self._writer = self._opened.index.writer(_HEAP, 1)

    def _look_again(self) -> None:
        if self._unsure:
            self._opened.reload()
            self._unsure = False


def _said(write: Write, outcome: Outcome, detail: str = "") -> WriteOutcome:
    return WriteOutcome(write.id, write.revision, outcome, detail)


def _classified(error: Exception) -> Outcome:
    """Trouble with files may pass; anything else will not (and what is unknown counts as fatal)."""
    text = str(error)
    passing = isinstance(error, OSError) or any(sign in text for sign in ("IoError", "Io error", "os error", "Os {"))
    return Outcome.TRANSIENT if passing else Outcome.FATAL
