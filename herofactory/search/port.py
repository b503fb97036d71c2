from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from herofactory.search.page import SearchPage
from herofactory.search.query import SearchQuery
from herofactory.search.write import Write, WriteOutcome


class Stored(NamedTuple):
    """What the index remembers of an id: its last revision, and whether that was a removal."""

    revision: int
    gone: bool


class SearchReader(Protocol):
    """Thread-safe. Never shows a document that was removed, nor one that a later revision replaced."""

    def refresh(self) -> None:
        """Makes visible what any writer's `apply` returned for before this call."""

    def search(self, query: SearchQuery) -> SearchPage: ...

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[str]:
        """Names, words and tags of items that begin with `prefix`, also half-typed syllables and initial consonants."""

    def stored(self, id: str) -> Stored | None: ...

    def count(self) -> int:
        """Items that can be found."""


class SearchWriter(Protocol):
    def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """One outcome per write, in order. What is OK is durable when this returns.

        A write with a revision not above the stored one changes nothing (STALE), whatever the order of arrival.
        A removed id is remembered, outside every query, until `sweep`.
        """

    def sweep(self, now: datetime) -> int:
        """Forgets ids removed longer ago than the retention; how many. To be called about once an hour."""


class SearchIndex(SearchReader, SearchWriter, Protocol):
    """Both sides. Implemented by the embedded index and by Elasticsearch; contract: tests/contract/search_index.py."""
