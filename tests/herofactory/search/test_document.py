from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from herofactory.search.document import ItemDocument
from herofactory.search.errors import DocumentError

MIRRORED: dict[str, Any] = {
    "id": "0197", "external_id": None, "seller_id": "s", "name": "\u1100\u1165\u11b7", "description": "설명",
    "category": "weapon", "tags": ["전설"], "auto_tags": [], "price": 500, "image_id": None, "attribution": None,
    "status": "approved", "revision": 3, "content_revision": 2, "popularity": 0.5,
    "created_at": "2026-01-02T03:04:05+00:00", "updated_at": "2026-01-02T03:04:05.123456+09:00",
}  # fmt: skip


def test_a_mirrored_item_is_read_as_nfc() -> None:
    document = ItemDocument.from_json(MIRRORED)
    assert document.name == "검"
    assert document.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert ItemDocument.loads(document.dumps()) == document


def test_optional_values_may_be_absent() -> None:
    optional = ("external_id", "image_id", "attribution", "auto_tags", "popularity")
    ItemDocument.from_json({name: value for name, value in MIRRORED.items() if name not in optional})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, "id is empty"),
        ({"price": -1}, "price is -1"),
        ({"price": 2**63}, "price is"),
        ({"price": 1.5}, "price is 1.5, not a whole number"),
        ({"revision": True}, "revision is True"),
        ({"tags": "전설"}, "tags is '전설', not a list"),
        ({"name": None}, "name is None, not text"),
        ({"created_at": "yesterday"}, "created_at is 'yesterday'"),
    ],
)
def test_a_bad_value_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        ItemDocument.from_json(MIRRORED | change)


def test_a_missing_value_is_refused_by_name() -> None:
    with pytest.raises(DocumentError, match="price is missing"):
        ItemDocument.from_json({name: value for name, value in MIRRORED.items() if name != "price"})
