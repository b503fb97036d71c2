"""similarity: the picture of each item that can be found is kept as a hash of its looks, a chunk of items at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.assets.pictures import ImageReader
from herofactory.insights.similar import looks
from herofactory.insights.similar.dhash import Unreadable, dhash
from herofactory.insights.similar.looks import Seen
from herofactory.platform.delivery.agent import Agent, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Poison
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.postgres.database import Database
from streams.agents import mirrored
from streams.topics import ITEM_MIRRORED


@dataclass(frozen=True, slots=True)
class _News:
    item_id: UUID
    revision: int
    image_id: UUID | None
    """None: the item is gone, or has no picture."""


def similarity(database: Database, image: ImageReader, generation: int = 1) -> Agent:
    """Writes to `generation` alone, whichever is read."""

    async def handle_batch(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        read = [_read(delivery) for delivery in deliveries]
        newest: dict[UUID, _News] = {}
        for news in read:
            if isinstance(news, _News) and news.revision >= newest.get(news.item_id, news).revision:
                newest[news.item_id] = news
        unreadable = await take(list(newest.values()))
        return [each if isinstance(each, Outcome) else unreadable.get(each, Outcome.ok()) for each in read]

    async def take(news: Sequence[_News]) -> dict[_News, Outcome]:
        """Those whose picture cannot be read."""
        shown = {each.item_id: each.revision for each in news if each.image_id}
        gone = {each.item_id: each.revision for each in news if not each.image_id}
        async with database.connection() as connection:
            known = await looks.unchanged(connection, generation, shown) if shown else set()
        seen, unreadable = list[Seen](), dict[_News, Outcome]()
        for each in news:
            if each.image_id is None or each.item_id in known:
                continue
            data = await image(each.image_id)
            if not data:
                gone[each.item_id] = each.revision
                continue
            try:
                hashed = await asyncio.to_thread(dhash, data)
            except Unreadable as error:
                unreadable[each] = Outcome.record(f"item {each.item_id}: {error}")
                gone[each.item_id] = each.revision  # what it looked like before says nothing now
                continue
            seen.append(Seen(each.item_id, each.revision, hashlib.sha256(data).hexdigest(), hashed))
        async with database.transaction() as transaction:
            if seen:
                await looks.save(transaction, generation, seen)
            if gone:
                await looks.remove(transaction, generation, gone)
        return unreadable

    return Agent(
        name="similarity",
        generation=generation,
        sources=(ITEM_MIRRORED,),
        handle_batch=handle_batch,
        replay=OWN_TABLES,
    )


def _read(delivery: Delivery) -> _News | Outcome:
    try:
        if delivery.event is None:
            return _News(mirrored.uuid(delivery.key), mirrored.revision(delivery), None)
        item = mirrored.document(delivery)
        return _News(mirrored.uuid(item.id), item.revision, mirrored.uuid(item.image_id) if item.image_id else None)
    except Poison as error:
        return Outcome.record(str(error))
