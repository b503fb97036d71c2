"""Pictures of items that come and go: real PostgreSQL, fake clock."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from PIL import Image

from herofactory.insights.similar.dhash import dhash
from herofactory.platform.delivery import TopicValues
from herofactory.platform.events import EventCodec
from streams.agents.similarity import similarity
from streams.testing import TopologyDriver
from streams.topics import ITEM_MIRRORED
from tests.support.driven import DrivenShop

T = TypeVar("T")


def shape(kind: str) -> bytes:
    out = io.BytesIO()
    image = (
        Image.radial_gradient("L")
        if kind == "round"
        else Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90)
    )
    image.save(out, "PNG")
    return out.getvalue()


ONE, OTHER = shape("round"), shape("straight")


class Shop(DrivenShop):
    def __init__(self, dsn: str, codec: EventCodec) -> None:
        super().__init__(dsn)
        self.pictures: dict[UUID, bytes] = {}
        self.read = 0
        self.driver = TopologyDriver([similarity(self.database, self.image)], TopicValues(codec, [ITEM_MIRRORED]))

    async def image(self, asset_id: UUID) -> bytes:
        self.read += 1
        return self.pictures.get(asset_id, b"")

    def asset(self, data: bytes) -> UUID:
        rows = self.sql(
            "INSERT INTO assets (owner_id, sha256, media_type, width, height, bytes)"
            " VALUES ('s', encode(sha256(%s), 'hex'), 'image/png', 1, 1, 1) RETURNING id", data
        )  # fmt: skip
        asset_id: UUID = rows[0]["id"]
        self.pictures[asset_id] = data
        return asset_id

    def add(self, image: UUID | None) -> UUID:
        item_id = uuid4()
        self.sql(
            "INSERT INTO items (id, seller_id, name, description, category, price, status, image_id)"
            " VALUES (%s, 's', '검', '', 'weapon', 100, 'approved', %s) RETURNING id", item_id, image
        )  # fmt: skip
        return item_id

    def show(self, item_id: UUID, image: UUID | None) -> None:
        self.change(item_id, "UPDATE items SET image_id = %s WHERE id = %s RETURNING id", image)

    def change(self, item_id: UUID, statement: str, value: object) -> None:
        """What is changed must be approved again: the item is gone in between."""
        self.sql(statement, value, item_id)
        self.sql("UPDATE items SET status = 'approved' WHERE id = %s RETURNING id", item_id)

    def tell(self, item_id: UUID, *which: int) -> None:
        super().tell(item_id, *which)
        self.driver.run_until_idle()

    def looks(self) -> list[tuple[UUID, int, int]]:
        rows = self.sql("SELECT item_id, revision, dhash::bigint AS dhash FROM item_looks")
        return [(row["item_id"], row["revision"], row["dhash"] % 2**64) for row in rows]


@pytest.fixture
def shop(dsn: str, codec: EventCodec) -> Iterator[Shop]:
    with Shop(dsn, codec) as shop:
        yield shop
        dead = shop.driver.dead_letters("similarity")
    assert not dead


@pytest.mark.parametrize("before", ["effect", "ack"])
def test_a_picture_is_hashed_whatever_crashes(shop: Shop, before: Any) -> None:
    item = shop.add(shop.asset(ONE))
    shop.driver.crash("similarity", before)
    shop.tell(item)
    assert shop.looks() == [(item, 1, dhash(ONE))]


def test_another_picture_replaces_it_and_late_news_does_not_bring_it_back(shop: Shop) -> None:
    item = shop.add(shop.asset(ONE))
    shop.tell(item)
    shop.show(item, shop.asset(OTHER))
    shop.tell(item, 1, 2, 0, 1)
    assert shop.looks() == [(item, 3, dhash(OTHER))]


def test_the_same_picture_is_not_read_again(shop: Shop) -> None:
    item = shop.add(shop.asset(ONE))
    shop.tell(item)
    shop.sql("UPDATE items SET popularity = 5 WHERE id = %s RETURNING id", item)
    shop.tell(item, 1)
    assert shop.read == 1
    assert shop.looks() == [(item, 2, dhash(ONE))]


@pytest.mark.parametrize("how", ["DELETE FROM items", "UPDATE items SET status = 'rejected'"])
def test_it_goes_with_the_item_and_late_news_does_not_bring_it_back(shop: Shop, how: str) -> None:
    item = shop.add(shop.asset(ONE))
    shop.tell(item)
    shop.sql(f"{how} WHERE id = %s RETURNING id", item)
    shop.tell(item, 1, 0)
    assert shop.looks() == []


def test_an_item_without_a_picture_has_no_looks(shop: Shop) -> None:
    item = shop.add(shop.asset(ONE))
    shop.tell(item)
    shop.show(item, None)
    shop.tell(item, 1, 2)
    shop.tell(shop.add(None))
    assert shop.looks() == []
