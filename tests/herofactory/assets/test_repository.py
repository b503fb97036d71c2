from __future__ import annotations

import pytest

from herofactory.assets import repository
from herofactory.assets.image import sanitise
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Connection, Database
from tests.support.images import picture

pytestmark = pytest.mark.anyio
IMAGE = sanitise(picture(), max_bytes=10_000, max_pixels=10_000)


async def put_up(transaction: Connection, seller_id: str, image_id: object, status: str) -> None:
    await transaction.execute(
        """INSERT INTO items (id, seller_id, name, description, category, price, image_id, status)
           VALUES (%s, %s, 'n', '', 'ui', 0, %s, %s)""",
        (uuid7(), seller_id, image_id, status),
    )


async def test_the_same_bytes_of_one_owner_are_one_asset_and_of_two_owners_two(database: Database) -> None:
    async with database.transaction() as transaction:
        first, again, other = [await repository.insert(transaction, owner, IMAGE) for owner in ("a", "a", "b")]
        assert first == again
        assert (first.sha256, first.id == other.id) == (other.sha256, False)
        assert await repository.owned_by(transaction, first.id, "a")
        assert not await repository.owned_by(transaction, first.id, "b")
        assert not await repository.owned_by(transaction, uuid7(), "a")


@pytest.mark.parametrize("status", ["pending", "rejected", "review", "approved"])
async def test_an_image_is_listed_by_an_approved_item_only(database: Database, status: str) -> None:
    async with database.transaction() as transaction:
        asset = await repository.insert(transaction, "a", IMAGE)
        twin = await repository.insert(transaction, "b", IMAGE)
        await put_up(transaction, "a", asset.id, status)
        assert await repository.is_listed(transaction, asset.id) is (status == "approved")
        assert not await repository.is_listed(transaction, twin.id)
