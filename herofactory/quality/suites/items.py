"""Topics of items: as they were put up, judged, and mirrored for the search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unicodedata import is_normalized

from herofactory.catalog.categories import CATEGORIES
from herofactory.catalog.text import DESCRIPTION_MAX, NAME_MAX, TAGS_MAX
from herofactory.moderation.verdict import MAX_TAGS, Decision
from herofactory.platform.events.item import ItemCreated, ItemModerated
from herofactory.quality.suite import Part, Row, Suite, Topic
from herofactory.quality.suites.columns import at_most, between, equal, holds, one_of, present, record, uuid


def _created(event: ItemCreated) -> Row:
    return {
        "item_id": event.item_id,
        "content_revision": event.content_revision,
        "name_length": len(event.name),
        "name_is_nfc": is_normalized("NFC", event.name),
        "description_length": len(event.description),
        "category": event.category,
        "tags": len(event.tags),
        "image_id": event.image_id,
    }


def _moderated(event: ItemModerated) -> Row:
    return {
        "item_id": event.item_id,
        "content_revision": event.content_revision,
        "decision": event.decision,
        "tags": len(event.tags),
        "is_explained": bool(event.reasons) if event.decision == "rejected" else None,
        "lowest_score": min(event.scores.values(), default=None),
        "highest_score": max(event.scores.values(), default=None),
        "policy": event.policy or None,
        "provider": event.provider,
        "has_moderator": event.moderator_id is not None if event.provider == "moderator" else None,
    }


def _mirrored(document: Any) -> Row:
    """A tombstone has only its headers."""
    given: Mapping[str, Any] = {} if document is None else document
    names = ("id", "status", "price", "category", "content_revision")
    name = given.get("name")
    return {
        **{f"item_{each}": given.get(each) for each in names},
        "item_revision": given.get("revision"),
        "name_is_nfc": is_normalized("NFC", name) if isinstance(name, str) else None,
    }


_CREATED = Part(
    Topic("item.created", _created),
    (
        *record("item.created"),
        uuid("item_id"),
        equal("key", "item_id", "the key is the item's id"),
        between("content_revision", 1, None, "content_revision begins at 1"),
        between("name_length", 1, NAME_MAX, f"the name has 1 to {NAME_MAX} characters"),
        holds("name_is_nfc", "the name is NFC"),
        between("description_length", 0, DESCRIPTION_MAX, f"the description has at most {DESCRIPTION_MAX} characters"),
        one_of("category", CATEGORIES, "the category is one of the store's"),
        between("tags", 0, TAGS_MAX, f"there are at most {TAGS_MAX} tags"),
        uuid("image_id"),
    ),
)
_MODERATED = Part(
    Topic("item.moderated", _moderated),
    (
        *record("item.moderated"),
        uuid("item_id"),
        equal("key", "item_id", "the key is the item's id"),
        between("content_revision", 1, None, "content_revision begins at 1"),
        one_of("decision", [str(each) for each in Decision], "the decision is approved, review or rejected"),
        between("tags", 0, MAX_TAGS, f"there are at most {MAX_TAGS} tags of moderation"),
        holds("is_explained", "what is rejected is told why"),
        between("lowest_score", 0, None, "scores are 0 or more"),
        between("highest_score", None, 1, "scores are 1 or less"),
        present("policy", "the policy that judged is told"),
        one_of("provider", ["local-rules", "openai", "moderator"], "the provider is a known one"),
        holds("has_moderator", "a decision of a person names that person's account"),
    ),
)
_MIRRORED = Part(
    Topic("item.mirrored", _mirrored),
    (
        *record("item.mirrored"),
        one_of("item_status", ["approved"], "only approved items are mirrored"),
        equal("key", "item_id", "the key is the item's id"),
        present("revision", "the revision is told"),
        between("revision", 1, None, "revisions begin at 1"),
        equal("revision", "item_revision", "header and document tell the same revision"),
        at_most("item_content_revision", "item_revision", "the content changes no more often than the item"),
        between("item_price", 0, None, "the price is 0 or more"),
        one_of("item_category", CATEGORIES, "the category is one of the store's"),
        holds("name_is_nfc", "the name is NFC"),
    ),
)
SUITE = Suite(
    "items", "Items as they were put up, judged, and mirrored for the search", (_CREATED, _MODERATED, _MIRRORED)
)
