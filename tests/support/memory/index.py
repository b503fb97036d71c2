"""A search index in memory: what `SearchIndex` says of writes, and browsing; no words. Held to the writing half of
tests/contract/search_index.py by tests/support/test_memory.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.search.document import ItemDocument
from herofactory.search.port import Stored
from herofactory.search.write import Outcome, Upsert, Write, WriteOutcome, newest_by_id, told_in_order


class MemoryIndex:
    """What was applied is visible at once."""

    def __init__(self) -> None:
        self.known: dict[str, Stored] = {}
        self.documents: dict[str, ItemDocument] = {}

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        chosen = newest_by_id(writes)
        return told_in_order(writes, chosen, {id: self._write(write) for id, write in chosen.items()})

    async def apply_async(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """As agents call it."""
        return self.apply(writes)

    def stored(self, id: str) -> Stored | None:
        return self.known.get(id)

    def count(self) -> int:
        return len(self.documents)

    def _write(self, write: Write) -> WriteOutcome:
        if not write.id:
            return WriteOutcome(write.id, write.revision, Outcome.RECORD, "id is empty")
        known = self.known.get(write.id)
        if known is not None and write.revision <= known.revision:
            return WriteOutcome(write.id, write.revision, Outcome.STALE)
        self.known[write.id] = Stored(write.revision, gone=not isinstance(write, Upsert))
        if isinstance(write, Upsert):
            self.documents[write.id] = write.document
        else:
            self.documents.pop(write.id, None)
        return WriteOutcome(write.id, write.revision, Outcome.OK)
