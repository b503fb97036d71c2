from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest

from herofactory.assets import repository as assets
from herofactory.assets.image import sanitise
from herofactory.catalog import repository
from herofactory.catalog.service import Catalog, ItemExists, ItemNotFound
from herofactory.catalog.text import InvalidField
from herofactory.platform.events import EventCodec
from herofactory.platform.events.item import ItemCreated, ItemUpdated
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from tests.support.catalog import CONTENT, put_up, told
from tests.support.images import picture

pytestmark = pytest.mark.anyio


@pytest.fixture
def catalog(outbox: Outbox) -> Catalog:
    return Catalog(outbox)


async def test_creating_stores_the_item_and_tells_of_it(
    database: Database, catalog: Catalog, codec: EventCodec
) -> None:
    item = await put_up(database, catalog)
    assert (item.status, item.revision, item.content_revision, item.content) == ("pending", 1, 1, CONTENT)
    (row,) = await told(database, "item.created")
    assert (row["key"], row["revision"]) == (str(item.id), 1)
    assert codec.decode("item.created", bytes(row["payload"])) == ItemCreated(
        str(item.id), "seller-1", 1, CONTENT.name, CONTENT.description, CONTENT.category, CONTENT.tags, None
    )


async def test_an_exception_takes_item_and_event_back_together(database: Database, catalog: Catalog) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await catalog.create(transaction, "seller-1", CONTENT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await database.fetch("SELECT FROM items") == await told(database, "item.created") == []


async def test_an_external_id_is_taken_once_per_seller(database: Database, catalog: Catalog) -> None:
    async with database.transaction() as transaction:
        await catalog.create(transaction, "a", CONTENT, external_id="x")
        await catalog.create(transaction, "b", CONTENT, external_id="x")
        with pytest.raises(ItemExists, match="'x' is taken"):
            await catalog.create(transaction, "a", CONTENT, external_id="x")
    assert len(await told(database, "item.created")) == 2


async def test_a_change_of_content_tells_what_was_changed(
    database: Database, catalog: Catalog, codec: EventCodec
) -> None:
    item = await put_up(database, catalog)
    async with database.transaction() as transaction:
        after = await catalog.change(
            transaction, "seller-1", item.id, {"name": "얼음 검", "tags": ("얼음",), "price": 1}
        )
    assert (after.status, after.content_revision, after.revision) == ("pending", 2, 2)
    (row,) = await told(database, "item.updated")
    event = codec.decode("item.updated", bytes(row["payload"]))
    assert isinstance(event, ItemUpdated)
    assert (event.content_revision, event.name, event.changed) == (2, "얼음 검", ("name", "tags"))
    announced = await database.fetch_one("SELECT announced_revision FROM items")
    assert announced == {"announced_revision": 2}


async def test_a_change_of_the_price_alone_tells_moderation_nothing(database: Database, catalog: Catalog) -> None:
    item = await put_up(database, catalog)
    async with database.transaction() as transaction:
        after = await catalog.change(transaction, "seller-1", item.id, {"price": 1})
    assert (after.revision, after.content_revision) == (2, 1)
    assert await told(database, "item.updated") == []


@pytest.mark.parametrize("fields", [{"name": ""}, {"price": -1}, {"category": "x"}, {"tags": ("",)}], ids=str)
async def test_a_change_that_cannot_be_taken_changes_nothing(
    database: Database, catalog: Catalog, fields: dict[str, Any]
) -> None:
    item = await put_up(database, catalog)
    with pytest.raises(InvalidField):
        async with database.transaction() as transaction:
            await catalog.change(transaction, "seller-1", item.id, fields)
    async with database.connection() as connection:
        assert await repository.get(connection, item.id) == item


async def test_another_sellers_item_is_as_good_as_none(database: Database, catalog: Catalog) -> None:
    item = await put_up(database, catalog)
    for seller, item_id in (("seller-2", item.id), ("seller-1", uuid7())):
        async with database.transaction() as transaction:
            with pytest.raises(ItemNotFound):
                await catalog.change(transaction, seller, item_id, {"price": 1})
            with pytest.raises(ItemNotFound):
                await catalog.delete(transaction, seller, item_id)


async def test_only_an_own_image_can_be_shown(database: Database, catalog: Catalog) -> None:
    image = sanitise(picture(), max_bytes=10_000, max_pixels=10_000)
    async with database.transaction() as transaction:
        asset = await assets.insert(transaction, "seller-2", image)
        with pytest.raises(InvalidField, match="image_id"):
            await catalog.create(transaction, "seller-1", replace(CONTENT, image_id=asset.id))
        item = await catalog.create(transaction, "seller-2", replace(CONTENT, image_id=asset.id))
    assert item.image_id == asset.id


async def test_content_changed_by_raw_sql_is_announced_later_and_once(
    database: Database, catalog: Catalog, codec: EventCodec
) -> None:
    item = await put_up(database, catalog)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET name = 'x'")
        assert await catalog.announce_forgotten(transaction) == 1
        assert await catalog.announce_forgotten(transaction) == 0
    (row,) = await told(database, "item.updated")
    event = codec.decode("item.updated", bytes(row["payload"]))
    assert isinstance(event, ItemUpdated)
    assert (event.item_id, event.content_revision, event.name) == (str(item.id), 2, "x")


async def test_events_of_one_key_stand_in_the_order_of_their_commits(
    database: Database, catalog: Catalog, codec: EventCodec
) -> None:
    item = await put_up(database, catalog)
    dice = random.Random(7)

    async def change(number: int) -> None:
        fields = {"price": number} if dice.random() < 0.4 else {"name": f"검 {number}"}
        async with database.transaction() as transaction:
            await catalog.change(transaction, "seller-1", item.id, fields)
            if dice.random() < 0.5:
                await transaction.execute("UPDATE items SET status = 'approved' WHERE id = %s", (item.id,))
            await asyncio.sleep(dice.random() / 200)
            if dice.random() < 0.2:
                raise asyncio.CancelledError

    await asyncio.gather(*(change(number) for number in range(40)), return_exceptions=True)
    mirrored = [row["revision"] for row in await told(database, "item.mirrored")]
    assert mirrored == sorted(set(mirrored))
    updates = await told(database, "item.updated")
    judged = [codec.decode("item.updated", bytes(row["payload"])) for row in updates]
    revisions = [event.content_revision for event in judged if isinstance(event, ItemUpdated)]
    assert revisions == list(range(2, len(revisions) + 2))
    row = await database.fetch_one("SELECT name, content_revision FROM items")
    last = judged[-1]
    assert isinstance(last, ItemUpdated)
    assert row == {"name": last.name, "content_revision": last.content_revision}
