from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from elasticsearch import Elasticsearch

from herofactory.search.answer import Asked, Found
from herofactory.search.document import ItemDocument
from herofactory.search.elasticsearch import highlights, query
from herofactory.search.elasticsearch.facets import REQUEST, facets
from herofactory.search.page import Facets, Hit
from herofactory.search.query import SearchQuery, Sort

# Everything that means something in Lucene's regular expressions, and nothing that does not.
_SPECIAL = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^$-]')


class ElasticsearchEngine:
    """answer.Engine: one request for each question. Lets Elasticsearch's errors through."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client = client
        self._alias = alias

    def find(self, asked: Asked, wanted: SearchQuery) -> Found:
        answer = self._client.search(index=self._alias, **_request(asked, wanted))
        total = answer["hits"]["total"]["value"]
        scored = not wanted.browses and wanted.sort is Sort.RELEVANCE
        return Found(
            total,
            tuple(_hit(hit, scored) for hit in answer["hits"]["hits"]),
            facets(answer["aggregations"]) if wanted.facets and total else Facets(),
        )

    def finding(self, asked: Sequence[Asked]) -> Sequence[bool]:
        searches: list[Mapping[str, Any]] = []
        for each in asked:
            matching = query.matching(each.plan, each.text) if each.plan else None
            searches += [{}, {"query": query.filtered(matching), "size": 0, "track_total_hits": 1}]
        answers = self._client.msearch(index=self._alias, searches=searches)["responses"]
        return [answer["hits"]["total"]["value"] > 0 for answer in answers]

    def near(self, letters: str, distance: int, limit: int) -> Sequence[ItemDocument]:
        answer = self._client.search(
            index=self._alias, query=query.filtered(query.near(letters, distance)), size=limit, track_total_hits=False
        )
        return [ItemDocument.from_json(hit["_source"]) for hit in answer["hits"]["hits"]]

    def beginning(self, field: Literal["words", "initials"], prefix: str, limit: int) -> Sequence[tuple[str, int]]:
        include = _SPECIAL.sub(r"\\\g<0>", prefix) + ".*"
        answer = self._client.search(
            index=self._alias,
            query=query.filtered({"prefix": {field: prefix}}),
            aggs={"words": {"terms": {"field": field, "include": include, "size": limit}}},
            size=0,
            track_total_hits=False,
        )
        return [(bucket["key"], bucket["doc_count"]) for bucket in answer["aggregations"]["words"]["buckets"]]


def _request(asked: Asked, wanted: SearchQuery) -> dict[str, Any]:
    matching = query.lifted(query.matching(asked.plan, asked.text)) if asked.plan else None
    return {
        "query": query.filtered(matching, wanted),
        "from_": wanted.offset,
        "size": wanted.limit,
        "sort": query.order(wanted),
        "track_total_hits": True,
        "aggs": REQUEST if wanted.facets else None,
        "highlight": highlights.request(asked.plan) if asked.plan and wanted.limit else None,
    }


def _hit(hit: Mapping[str, Any], scored: bool) -> Hit:
    document = ItemDocument.from_json(hit["_source"])
    texts = {"name": document.name, "description": document.description}
    marked = dict(highlights.of_hit(hit.get("highlight", {}), texts))
    return Hit(document, float(hit["_score"]) if scored else 0.0, marked)
