"""The table of items."""

from __future__ import annotations

from typing import Any
from unicodedata import is_normalized

from herofactory.assets.store import AssetStore
from herofactory.catalog.categories import CATEGORIES
from herofactory.quality.suite import Part, Row, Suite, Table
from herofactory.quality.suites.columns import at_most, between, equal, holds, one_of

# The newest changes; what is older was looked at when it was new.
_QUERY = """
SELECT i.id::text AS "where", i.status, i.price, i.name, i.category, i.revision, i.content_revision,
       i.announced_revision, i.verdict IS NOT NULL AS has_verdict, i.verdict ->> 'decision' AS decision,
       i.image_id IS NOT NULL AS has_image, a.sha256
  FROM items i LEFT JOIN assets a ON a.id = i.image_id
 ORDER BY i.updated_at DESC LIMIT %s
"""


def suite(assets: AssetStore | None) -> Suite:
    """`assets` None: the files are elsewhere, and only their rows are looked at."""

    def fields(row: Any) -> Row:
        is_listed, has_image = row["status"] == "approved", row["has_image"]
        sha256 = row["sha256"]
        return {
            **row,
            "name_is_nfc": is_normalized("NFC", row["name"]),
            "listed_has_verdict": row["has_verdict"] if is_listed else None,
            "image_is_known": sha256 is not None if has_image else None,
            "image_is_there": assets.exists(sha256) if assets and is_listed and sha256 else None,
        }

    expectations = (
        one_of("status", ["pending", "approved", "rejected", "review"], "the status is a known one"),
        holds("listed_has_verdict", "approved items have a verdict"),
        equal("status", "decision", "the status is what the verdict decided"),
        between("price", 0, None, "the price is 0 or more"),
        holds("name_is_nfc", "the name is NFC"),
        one_of("category", CATEGORIES, "the category is one of the store's"),
        at_most("content_revision", "revision", "the content changes no more often than the item"),
        at_most("announced_revision", "content_revision", "nothing is announced that is not there yet"),
        holds("image_is_known", "an item's picture is one of the assets"),
        holds("image_is_there", "the picture of an approved item is in the asset store"),
    )
    return Suite("catalogue", "Items in the database", (Part(Table("items", _QUERY, fields), expectations),))
