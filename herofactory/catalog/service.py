"""What can be done with items. Every change and the event that tells of it share one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from herofactory.assets import repository as assets
from herofactory.catalog import repository
from herofactory.catalog.item import Content, Item
from herofactory.catalog.text import InvalidField
from herofactory.platform.events.item import ItemCreated, ItemUpdated
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection

_MODERATED = ("name", "description", "category", "tags", "image_id")


class ItemNotFound(LookupError):
    """No such item, or one that this caller may not know of."""


class ItemExists(ValueError):
    """The seller has an item with this external id already."""


@dataclass(frozen=True, slots=True)
class PutOutcome:
    created: int
    changed: int
    unchanged: int


class Catalog:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def create(
        self,
        transaction: Connection,
        seller_id: str,
        content: Content,
        *,
        external_id: str | None = None,
        attribution: Mapping[str, str] | None = None,
    ) -> Item:
        """A new item, pending until its verdict. Raises InvalidField, ItemExists."""
        content = content.checked()
        await _check_image(transaction, seller_id, content.image_id)
        item = await repository.insert(
            transaction, uuid7(), seller_id, content, external_id=external_id, attribution=attribution
        )
        if item is None:
            raise ItemExists(f"external_id {external_id!r} is taken by another item of yours")
        await self._outbox.put(transaction, _created(item), revision=item.revision)
        return item

    async def put_many(
        self, transaction: Connection, seller_id: str, wanted: Mapping[str, tuple[Content, Mapping[str, str] | None]]
    ) -> PutOutcome:
        """Create or change items by external id, to checked content and attribution; images are the seller's own."""
        known = await repository.by_external_id(transaction, seller_id, list(wanted))
        new = {external_id: entry for external_id, entry in wanted.items() if external_id not in known}
        created = await repository.insert_many(transaction, seller_id, new)
        await self._outbox.put_many(transaction, [(_created(item), item.revision) for item in created])
        changed = 0
        for external_id, before in known.items():
            content, _ = wanted[external_id]
            if content != before.content:
                await self.change(transaction, seller_id, before.id, _fields(content))
                changed += 1
        return PutOutcome(len(created), changed, len(wanted) - len(created) - changed)

    async def change(self, transaction: Connection, seller_id: str, item_id: UUID, changes: Mapping[str, Any]) -> Item:
        """Change some fields of an own item; what moderation judges sends it back to pending.

        Raises ItemNotFound (also for another seller's item), InvalidField.
        """
        before = await self._own(transaction, seller_id, item_id)
        content = replace(before.content, **changes).checked()
        if content.image_id != before.image_id:
            await _check_image(transaction, seller_id, content.image_id)
        after = await repository.update(transaction, item_id, content)
        if after.content_revision > before.content_revision:
            await self.announce(transaction, after, changed=_changed(before.content, content))
        return after

    async def delete(self, transaction: Connection, seller_id: str, item_id: UUID) -> None:
        """Raises ItemNotFound (also for another seller's item). The mirror trigger takes it out of the search."""
        await self._own(transaction, seller_id, item_id)
        await repository.delete(transaction, item_id)

    async def announce(self, transaction: Connection, item: Item, *, changed: tuple[str, ...] = ()) -> None:
        """Tell that the content of a locked item is to be judged."""
        await self._outbox.put(transaction, _updated(item, changed), revision=item.revision)
        await repository.mark_announced(transaction, item.id)

    async def announce_forgotten(self, transaction: Connection, limit: int = 100) -> int:
        """Announce items whose content was changed past this class, by raw SQL; returns how many."""
        forgotten = await repository.unannounced(transaction, limit)
        for item in forgotten:
            await self.announce(transaction, item)
        return len(forgotten)

    async def _own(self, transaction: Connection, seller_id: str, item_id: UUID) -> Item:
        item = await repository.get(transaction, item_id, lock=True)
        if item is None or item.seller_id != seller_id:
            raise ItemNotFound(f"you have no item {item_id}")
        return item


async def _check_image(transaction: Connection, seller_id: str, image_id: UUID | None) -> None:
    if image_id is not None and not await assets.owned_by(transaction, image_id, seller_id):
        raise InvalidField("image_id", f"you have uploaded no image {image_id}; POST it to /api/v1/uploads first")


def _fields(content: Content) -> dict[str, Any]:
    return {field.name: getattr(content, field.name) for field in fields(content)}


def _changed(before: Content, after: Content) -> tuple[str, ...]:
    was, now = asdict(before), asdict(after)
    return tuple(name for name in _MODERATED if was[name] != now[name])


def _created(item: Item) -> ItemCreated:
    return ItemCreated(**_told(item))


def _updated(item: Item, changed: tuple[str, ...]) -> ItemUpdated:
    return ItemUpdated(**_told(item), changed=changed)


def _told(item: Item) -> dict[str, Any]:
    return {
        "item_id": str(item.id),
        "seller_id": item.seller_id,
        "content_revision": item.content_revision,
        "name": item.name,
        "description": item.description,
        "category": item.category,
        "tags": item.tags,
        "image_id": str(item.image_id) if item.image_id else None,
    }
