from __future__ import annotations

from itertools import groupby

import tantivy
from tantivy import Order, Query

from herofactory.search.equals import tie
from herofactory.search.query import SearchQuery, Sort

Scored = tuple[float, tantivy.DocAddress]

_KEYS = {
    Sort.NEWEST: ("newest_key", Order.Desc),
    Sort.PRICE_ASC: ("price_key", Order.Asc),
    Sort.PRICE_DESC: ("price_key", Order.Desc),
    Sort.POPULAR: ("popular_key", Order.Desc),
}
# Hits looked at on both sides of a page. Weights leave of thousands of equals a handful with the very same score.
_MARGIN = 20


def top(searcher: tantivy.Searcher, query: Query, wanted: SearchQuery) -> tuple[int, list[Scored]]:
    """How many there are, and the page that is wanted, in an order that does not depend on where hits are stored."""
    sort = Sort.NEWEST if wanted.browses and wanted.sort is Sort.RELEVANCE else wanted.sort
    if sort is Sort.RELEVANCE:
        return _by_relevance(searcher, query, wanted)
    field, order = _KEYS[sort]
    limit = max(wanted.limit, 1)  # tantivy refuses 0
    result = searcher.search(query, limit, offset=wanted.offset, order_by_field=field, order=order)
    return result.count, [(0.0, address) for _, address in result.hits[: wanted.limit]]


def _by_relevance(searcher: tantivy.Searcher, query: Query, wanted: SearchQuery) -> tuple[int, list[Scored]]:
    first = max(wanted.offset - _MARGIN, 0)
    ahead = wanted.offset - first
    result = searcher.search(query, ahead + wanted.limit + _MARGIN, offset=first, weight_by_field="weight")
    settled: list[Scored] = []
    for _, equals in groupby(result.hits, key=lambda hit: hit[0]):
        group = list(equals)
        settled += sorted(group, key=lambda hit: _fixed(searcher, hit)) if len(group) > 1 else group
    return result.count, settled[ahead : ahead + wanted.limit]


def _fixed(searcher: tantivy.Searcher, hit: Scored) -> tuple[int, str]:
    """What the weights would have said, had they more digits."""
    id = searcher.doc(hit[1])["id"][0]
    return -tie(id), id
