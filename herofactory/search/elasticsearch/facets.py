from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from herofactory.search.buckets import PRICE_RANGES, TOP_TAGS
from herofactory.search.page import Facets, PriceBucket

REQUEST: dict[str, Any] = {
    "category": {"terms": {"field": "category", "size": 50}},
    "tags": {"terms": {"field": "tag", "size": TOP_TAGS}},
    "price": {
        "range": {
            "field": "price",
            "ranges": [{"from": low} if high is None else {"from": low, "to": high} for low, high in PRICE_RANGES],
        }
    },
}


def facets(answer: Mapping[str, Any]) -> Facets:
    by_low = {bucket["from"]: bucket["doc_count"] for bucket in answer["price"]["buckets"]}
    return Facets(
        category=_counts(answer["category"]),
        tags=_counts(answer["tags"]),
        price=tuple(PriceBucket(low, high, by_low.get(float(low), 0)) for low, high in PRICE_RANGES),
    )


def _counts(part: Any) -> dict[str, int]:
    """Most frequent first, equals by name."""
    counts = {bucket["key"]: bucket["doc_count"] for bucket in part["buckets"]}
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
