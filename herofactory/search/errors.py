from __future__ import annotations

from collections.abc import Mapping


class SearchError(Exception):
    """Base of what the search index raises on purpose."""


class DocumentError(SearchError, ValueError):
    """A document that cannot be indexed; the message names the field."""


class QueryError(SearchError, ValueError):
    """A query the caller must change; the message says how."""


class PageTooDeep(QueryError):
    def __init__(self, offset: int, limit: int, deepest: int) -> None:
        super().__init__(f"offset {offset} + limit {limit} lies beyond the first {deepest} results; narrow the query")


class IndexMissing(SearchError):
    """There is no index yet: the writer has not made one."""


class IndexBusy(SearchError):
    """Another process holds the writer."""


class RebuildNeeded(SearchError):
    """The index cannot be used as it is, and a rebuild from the database mends it."""


class IndexDamaged(RebuildNeeded):
    """Files of the index are missing or unreadable."""


class StampMismatch(RebuildNeeded):
    """The index was built by another version; `differing` maps what differs to (index, program)."""

    def __init__(self, generation: str, differing: Mapping[str, tuple[str, str]]) -> None:
        self.differing = dict(differing)
        listed = ", ".join(f"{name} {theirs} (this program: {ours})" for name, (theirs, ours) in differing.items())
        super().__init__(f"Search index {generation} was built with {listed}; rebuild it from the database.")


class IndexUnavailable(SearchError):
    """The engine cannot be reached, or is not ready to answer; trying again later may help."""
