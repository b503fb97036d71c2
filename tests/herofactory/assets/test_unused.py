from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from herofactory.assets import repository, unused
from herofactory.assets.folder import FolderStore
from herofactory.assets.image import Image, sanitise
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Database
from tests.support.images import picture

pytestmark = pytest.mark.anyio
LATER = unused.UNUSED_AFTER + timedelta(hours=1)
BYTES_LATER = LATER + unused.BYTES_AFTER + timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "assets")


def drawing() -> Image:
    """Another one each time: the database is shared by all tests."""
    made = sanitise(picture(), max_bytes=10_000, max_pixels=10_000)
    return Image(made.data + uuid7().bytes, made.width, made.height)


async def uploaded(database: Database, store: FolderStore, image: Image, owner: str = "a") -> UUID:
    store.put(image)
    async with database.transaction() as transaction:
        return (await repository.insert(transaction, owner, image)).id


async def tidied(database: Database, store: FolderStore, now: datetime) -> None:
    async with database.transaction() as transaction:
        await unused.forget(transaction, now)
    await unused.discard(database, store, now)


async def is_known(database: Database, asset_id: UUID) -> bool:
    async with database.connection() as connection:
        return await repository.get(connection, asset_id) is not None


async def test_an_upload_that_nobody_uses_is_forgotten_and_a_day_later_its_bytes(
    database: Database, store: FolderStore, now: datetime
) -> None:
    image = drawing()
    asset_id = await uploaded(database, store, image)
    await tidied(database, store, now + timedelta(days=1))
    assert await is_known(database, asset_id)
    await tidied(database, store, now + LATER)
    assert not await is_known(database, asset_id)
    assert store.exists(image.sha256)
    await tidied(database, store, now + BYTES_LATER)
    assert not store.exists(image.sha256)


async def test_what_an_item_a_prompt_or_a_generation_shows_stays(
    database: Database, store: FolderStore, now: datetime
) -> None:
    shown, asked, made = [await uploaded(database, store, drawing()) for _ in range(3)]
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO items (id, seller_id, name, description, category, price, image_id)"
            " VALUES (%s, 'a', 'n', '', 'ui', 0, %s)",
            (uuid7(), shown),
        )
        await transaction.execute(
            "INSERT INTO prompts (id, owner_id, text, sketch_id) VALUES (%s, 'a', 'a sword', %s)", (uuid7(), asked)
        )
        job = uuid7()
        await transaction.execute(
            "INSERT INTO generations (id, owner_id, request, seed, round, deadline_at)"
            " VALUES (%s, 'a', '{}', 1, 1, now())",
            (job,),
        )
        await transaction.execute(
            "INSERT INTO generation_assets (generation_id, ordinal, asset_id, kind) VALUES (%s, 0, %s, 'image')",
            (job, made),
        )
    await tidied(database, store, now + BYTES_LATER)
    assert [await is_known(database, each) for each in (shown, asked, made)] == [True, True, True]


async def test_bytes_that_somebody_else_has_too_stay(database: Database, store: FolderStore, now: datetime) -> None:
    image = drawing()
    await uploaded(database, store, image)
    await tidied(database, store, now + LATER)
    await uploaded(database, store, image, owner="b")
    async with database.connection() as connection:
        await connection.execute("UPDATE assets SET created_at = %s WHERE owner_id = 'b'", (now + BYTES_LATER,))
    await tidied(database, store, now + BYTES_LATER)
    assert store.exists(image.sha256)


async def test_bytes_that_are_put_again_meanwhile_stay(database: Database, store: FolderStore, now: datetime) -> None:
    """The put is there, its row is not yet."""
    image = drawing()
    await uploaded(database, store, image)
    await tidied(database, store, now + LATER)
    store.put(image)
    put_at = (now + BYTES_LATER).timestamp()
    os.utime(store.path(image.sha256), (put_at, put_at))
    await tidied(database, store, now + BYTES_LATER)
    assert store.exists(image.sha256)


async def test_the_same_upload_again_waits_anew(database: Database, store: FolderStore, now: datetime) -> None:
    image = drawing()
    asset_id = await uploaded(database, store, image)
    async with database.connection() as connection:
        await connection.execute("UPDATE assets SET created_at = %s WHERE id = %s", (now - LATER, asset_id))
    assert await uploaded(database, store, image) == asset_id
    await tidied(database, store, now + timedelta(hours=1))
    assert await is_known(database, asset_id)


def test_a_file_put_aside_by_a_process_that_died_is_discarded_the_next_time(store: FolderStore, now: datetime) -> None:
    image = drawing()
    store.put(image)
    path = store.path(image.sha256)
    path.replace(path.with_name(f"{path.name}.leaving"))
    assert store.discard(image.sha256, now + timedelta(hours=1))
    assert not store.discard(image.sha256, now + timedelta(hours=1))
    assert not list(path.parent.iterdir())
