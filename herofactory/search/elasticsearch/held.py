from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from elasticsearch import Elasticsearch

from herofactory.search.elasticsearch import query
from herofactory.search.elasticsearch.scan import scan
from herofactory.search.places import Held

_DIGEST_BYTES = 16


def held(client: Elasticsearch, index: str) -> Iterator[Held]:
    """All items of an index by id, as of its last refresh or later."""
    for hits in scan(client, index, query.everything()):
        yield from (_held(hit) for hit in hits)


def _held(hit: dict[str, Any]) -> Held:
    source = hit["_source"]
    stored = json.dumps(source, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return Held(hit["_id"], source["revision"], blake2b(stored, digest_size=_DIGEST_BYTES).digest())
