from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

_PAGE = 1_000


def scan(client: Elasticsearch, index: str, query: dict[str, Any], **more: Any) -> Iterator[list[dict[str, Any]]]:
    """All hits, by id, in pages that are never empty; what is deleted on the way is still found until a refresh."""
    after: list[Any] | None = None
    while True:
        answer = client.search(index=index, query=query, sort=[{"id": "asc"}], size=_PAGE, search_after=after, **more)
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        if not hits:
            return
        yield hits
        after = hits[-1]["sort"]
