from __future__ import annotations

from elasticsearch import Elasticsearch

from herofactory.search.both_sides import BothSides
from herofactory.search.elasticsearch.client import ALIAS
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from herofactory.search.elasticsearch.writer import ElasticsearchWriter


class ElasticsearchIndex(BothSides[ElasticsearchReader, ElasticsearchWriter]):
    """Both sides: `port.SearchIndex`. The index must exist (generation.ensure)."""

    def __init__(self, client: Elasticsearch, alias: str = ALIAS) -> None:
        super().__init__(ElasticsearchReader(client, alias), ElasticsearchWriter(client, alias))
