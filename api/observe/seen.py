"""One page of results, as somebody saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.search.query import SearchQuery


@dataclass(frozen=True, slots=True)
class Searched:
    query_id: UUID
    """All pages of one search share it."""
    page: int
    """1 for the first."""
    query: SearchQuery
    total: int
    shown: Sequence[UUID]
    """In order."""
    corrected_to: str | None
