from __future__ import annotations

from pathlib import Path

import tantivy

from herofactory.search.document import ItemDocument
from herofactory.search.embedded import generation, pointer
from herofactory.search.embedded.facets import facets
from herofactory.search.embedded.queries import Queries
from herofactory.search.embedded.schema import GONE
from herofactory.search.embedded.stamp import current_stamp
from herofactory.search.errors import IndexDamaged, IndexMissing
from herofactory.search.page import Facets
from herofactory.search.port import Stored


class OpenGeneration:
    """One generation, open for reading and held against removal until `close`. Safe to share by threads."""

    def __init__(self, path: Path) -> None:
        """Raises StampMismatch, IndexDamaged, and IndexMissing where it was removed meanwhile."""
        self.path = path
        self._lock = generation.readers_lock(path)
        try:
            self._lock.acquire("shared")
            current_stamp().check(path)
            self.index = tantivy.Index.open(str(path))
        except (OSError, ValueError) as error:
            self._lock.release()
            if path.exists():
                raise IndexDamaged(f"Search index {path} cannot be opened ({error}); rebuild it.") from error
            raise IndexMissing(f"Search index {path.name} was replaced while it was opened.") from error
        except BaseException:
            self._lock.release()
            raise
        # `OnCommit` polls every 500 ms; `refresh` reloads instead, which costs 0.1 ms when nothing is new.
        self.index.config_reader(reload_policy="Manual")
        self.index.reload()
        self.queries = Queries(self.index.schema)
        self._overall: tuple[object, Facets] = (None, Facets())

    def searcher(self) -> tantivy.Searcher:
        return self.index.searcher()

    def reload(self) -> None:
        self.index.reload()

    def overall(self, searcher: tantivy.Searcher) -> Facets:
        """Facets of everything, as the front page asks for them all day: counted once per commit (3 ms at 100,000)."""
        state = (pointer.state(self.path / "meta.json"), searcher.num_docs, searcher.num_segments)
        if self._overall[0] != state:
            self._overall = (state, facets(searcher, self.queries.everything()))
        return self._overall[1]

    def stored(self, searcher: tantivy.Searcher, id: str) -> Stored | None:
        record = self._record(searcher, id)
        return record and Stored(record["revision"][0], record["kind"][0] == GONE)

    def _record(self, searcher: tantivy.Searcher, id: str) -> tantivy.Document | None:
        hits = searcher.search(self.queries.identified(id), limit=1, count=False).hits
        return searcher.doc(hits[0][1]) if hits else None

    def close(self) -> None:
        self._lock.release()


def document_of(record: tantivy.Document) -> ItemDocument:
    return ItemDocument.loads(bytes(record["source"][0]))
