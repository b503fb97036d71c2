"""What a record of item.mirrored says, for agents that act on one item at a time."""

from __future__ import annotations

from uuid import UUID

from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Poison
from herofactory.search.document import ItemDocument
from herofactory.search.errors import DocumentError


def document(delivery: Delivery) -> ItemDocument:
    """Of an item that can be found. Raises Poison."""
    try:
        return ItemDocument.from_json(delivery.expect(dict))
    except DocumentError as error:
        raise Poison(str(error)) from error


def revision(delivery: Delivery) -> int:
    """Of a tombstone. Raises Poison."""
    if delivery.revision is None:
        raise Poison("a tombstone without the header 'revision' cannot be ordered")
    return delivery.revision


def uuid(text: str) -> UUID:
    """Raises Poison."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Poison(f"{text!r} is no UUID") from error
