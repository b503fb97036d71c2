from __future__ import annotations

from typing import Any

import tantivy

from herofactory.search.buckets import PRICE_RANGES, TOP_TAGS
from herofactory.search.page import Facets, PriceBucket

_REQUEST = {
    "category": {"terms": {"field": "category_slug", "size": 50}},
    "tags": {"terms": {"field": "tag", "size": TOP_TAGS}},
    "price": {
        "range": {
            "field": "price",
            "ranges": [{"from": low} if high is None else {"from": low, "to": high} for low, high in PRICE_RANGES],
        }
    },
}


def facets(searcher: tantivy.Searcher, query: tantivy.Query) -> Facets:
    answer = searcher.aggregate(query, _REQUEST)
    # A bucket that begins at 0 comes back without its beginning.
    by_low = {bucket.get("from", 0.0): bucket["doc_count"] for bucket in answer["price"]["buckets"]}
    return Facets(
        category=_counts(answer["category"]),
        tags=_counts(answer["tags"]),
        price=tuple(PriceBucket(low, high, by_low.get(float(low), 0)) for low, high in PRICE_RANGES),
    )


def _counts(part: Any) -> dict[str, int]:
    """Most frequent first, equals by name: tantivy leaves their order to chance."""
    counts = {bucket["key"]: bucket["doc_count"] for bucket in part["buckets"]}
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
