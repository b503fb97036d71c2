from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from herofactory.search.document import ItemDocument
from herofactory.search.highlight import Range


@dataclass(frozen=True, slots=True)
class Hit:
    """`highlights` maps `name` and `description` to the ranges of the stored text that matched."""

    document: ItemDocument
    score: float
    highlights: Mapping[str, tuple[Range, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceBucket:
    """Items with `low` <= price < `high` (whole KRW); `high` None = no upper end."""

    low: int
    high: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts over everything found, not only this page. `tags` holds the 20 most frequent, most frequent first."""

    category: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    price: tuple[PriceBucket, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`corrected_to` is the text that was searched instead when the query's own found nothing.

    `next_offset` is where the next page begins, None on the last one and where paging ends (query.DEEPEST).
    """

    total: int
    hits: tuple[Hit, ...] = ()
    facets: Facets = Facets()
    suggestions: tuple[str, ...] = ()
    corrected_to: str | None = None
    next_offset: int | None = None
