from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from herofactory.search.analysis.analyzer import ANALYSIS_VERSION
from herofactory.search.analysis.user_dictionary import rules_text
from herofactory.search.elasticsearch.analysis import (
    EXACT_ANALYZER,
    KOREAN_ANALYZER,
    LABEL_ANALYZER,
    TAG_NORMALIZER,
    analysis,
)
from herofactory.search.query import DEEPEST

# Raised when a field is added, removed, or means something else: an index of another version is rebuilt.
SCHEMA_VERSION = 1
# Searched text and what a match there is worth, as in the embedded index.
TEXT_FIELDS = {"name": 4.0, "tag_words": 2.5, "category.label": 1.5, "description": 1.0}
# Written by `record`, never shown: they only serve typing and correcting.
DERIVED = ("words", "initials")


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """`refresh_interval` is how long a write may stay unseen; set, it also keeps an idle index fresh."""

    shards: int = 1
    replicas: str = "0-1"
    refresh_interval: str = "200ms"
    # Deletes are only what other sinks than ours do; theirs are remembered as long as the topic keeps tombstones.
    gc_deletes: str = "7d"


def index_body(options: IndexOptions) -> dict[str, Any]:
    """What an index of items is created with."""
    return {
        "settings": {
            "index": {
                "number_of_shards": options.shards,
                "auto_expand_replicas": options.replicas,
                "refresh_interval": options.refresh_interval,
                "gc_deletes": options.gc_deletes,
                "max_result_window": DEEPEST,
            },
            "analysis": analysis(),
        },
        "mappings": mappings(),
    }


def mappings() -> dict[str, Any]:
    """A field for all of the mirror's document, so that any sink may write it as it is; none besides."""
    return {
        "dynamic": "strict",
        "_meta": {"stamp": stamp()},
        "_source": {"excludes": list(DERIVED)},
        "properties": _FIELDS,
    }


def stamp() -> dict[str, str]:
    """Everything the terms in an index depend on. Synonyms are not in it: they apply to queries alone."""
    return {
        "schema": str(SCHEMA_VERSION),
        "analysis": str(ANALYSIS_VERSION),
        "user_dictionary": hashlib.sha256(rules_text().encode()).hexdigest()[:16],
    }


def _keyword(**more: Any) -> dict[str, Any]:
    return {"type": "keyword", **more}


def _korean(**more: Any) -> dict[str, Any]:
    return {"type": "text", "analyzer": KOREAN_ANALYZER, **more}


_KEPT = {"index": False, "doc_values": False}
_FIELDS: dict[str, Any] = {
    "id": _keyword(),
    "revision": {"type": "long"},
    "content_revision": {"type": "long", **_KEPT},
    "name": _korean(
        fields={
            "exact": {"type": "text", "analyzer": EXACT_ANALYZER, "norms": False, "index_options": "docs"},
        }
    ),
    "description": _korean(),
    "category": _keyword(fields={"label": {"type": "text", "analyzer": LABEL_ANALYZER}}),
    "tags": _keyword(**_KEPT, copy_to=["tag", "tag_words"]),
    "auto_tags": _keyword(**_KEPT, copy_to=["tag", "tag_words"]),
    "tag": _keyword(normalizer=TAG_NORMALIZER),
    "tag_words": _korean(),
    "price": {"type": "long"},
    "popularity": {"type": "float"},
    "created_at": {"type": "date"},
    "updated_at": {"type": "date", **_KEPT},
    "seller_id": _keyword(),
    "status": _keyword(**_KEPT),
    "external_id": _keyword(**_KEPT),
    "image_id": _keyword(**_KEPT),
    "attribution": {"type": "object", "enabled": False},
    # Added by our own sink (record.py). Without them search works; typing, correcting and memory of removals do not.
    "tie": {"type": "long", "index": False},
    "words": _keyword(),
    "initials": _keyword(),
    "gone": {"type": "boolean"},
    "gone_at": {"type": "date"},
}
