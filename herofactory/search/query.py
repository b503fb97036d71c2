from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from herofactory.search.errors import PageTooDeep, QueryError

# How far results can be paged: Elasticsearch's index.max_result_window.
DEEPEST = 10_000
MAX_LIMIT = 100
# Characters of a query that are looked at. The API allows 200; this bounds the work whoever asks.
MAX_QUERY_CHARS = 1_000


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to look for. Empty `text` browses everything that passes the filters, newest first.

    Prices are whole KRW and inclusive. `tags` must all be there. Raises QueryError, PageTooDeep.
    """

    text: str = ""
    category: str | None = None
    tags: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    offset: int = 0
    facets: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_LIMIT:
            raise QueryError(f"limit is {self.limit}, not within 0..{MAX_LIMIT}")
        if self.offset < 0:
            raise QueryError(f"offset is {self.offset}, which is negative")
        if self.offset + self.limit > DEEPEST:
            raise PageTooDeep(self.offset, self.limit, DEEPEST)

    @property
    def browses(self) -> bool:
        return not self.text.strip()

    @property
    def narrows(self) -> bool:
        """Whether anything, text or filter, keeps an item out."""
        filters = (self.category, self.min_price, self.max_price)
        return not self.browses or bool(self.tags) or any(value is not None for value in filters)
