from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from herofactory.search.analysis.analyzer import KoreanAnalyzer
from herofactory.search.document import MAX_INTEGER, ItemDocument
from herofactory.search.equals import clean_popularity, tie
from herofactory.search.errors import DocumentError
from herofactory.search.hangul import decompose
from herofactory.search.typeahead import by_initials, words_of
from herofactory.search.write import Upsert, Write

# Elasticsearch's limit of an `_id`; a longer one fails the whole bulk, not only its item.
MAX_ID_BYTES = 512


def source(write: Write, analyzer: KoreanAnalyzer, now: datetime) -> bytes:
    """The JSON of what is indexed for a write. Raises DocumentError where there can be none."""
    if not write.id or len(write.id.encode("utf-8", "replace")) > MAX_ID_BYTES:
        raise DocumentError(f"id {write.id[:50]!r} does not have 1 to {MAX_ID_BYTES} bytes")
    if not 0 <= write.revision <= MAX_INTEGER:
        raise DocumentError(f"revision is {write.revision}, not within 0..{MAX_INTEGER}")
    fields = _item(write.document, analyzer) if isinstance(write, Upsert) else _gone(write.id, write.revision, now)
    try:
        return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (UnicodeEncodeError, ValueError, TypeError) as error:
        raise DocumentError(f"cannot be written as JSON: {error}") from None


def _item(document: ItemDocument, analyzer: KoreanAnalyzer) -> dict[str, Any]:
    words = words_of(document, analyzer.terms(document.name))
    return {
        **document.to_json(),
        "popularity": clean_popularity(document.popularity),
        "tie": tie(document.id),
        "words": [decompose(word) for word in words],
        "initials": [by_initials(word) for word in words],
        "gone": False,
    }


def _gone(id: str, revision: int, now: datetime) -> dict[str, Any]:
    """The stub that keeps a late write from reviving what is gone; it has no field that any query asks for."""
    return {"id": id, "revision": revision, "gone": True, "gone_at": now.isoformat()}
