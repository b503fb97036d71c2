"""What the database itself sees to, whoever writes."""

from __future__ import annotations

import psycopg
import pytest

from herofactory.catalog.service import Catalog
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database, Row
from herofactory.platform.telemetry.tracing import set_traceparent
from tests.support.catalog import document, put_up, told

pytestmark = pytest.mark.anyio


@pytest.fixture
async def item_id(database: Database, outbox: Outbox) -> str:
    return str((await put_up(database, Catalog(outbox))).id)


async def run(database: Database, statement: str, *values: object) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(statement.encode(), values)


async def row_of(database: Database, item_id: str) -> Row:
    row = await database.fetch_one("SELECT * FROM items WHERE id = %s", item_id)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("change", "content_changed"),
    [
        ("name = 'x'", True),
        ("description = 'x'", True),
        ("category = 'ui'", True),
        ("tags = '{x}'", True),
        ("image_id = (SELECT id FROM assets)", True),
        ("price = 7", False),
        ("popularity = 7", False),
        ("attribution = '{}'", False),
    ],
)
async def test_raw_sql_raises_the_revisions_and_a_change_of_content_takes_the_verdict_away(
    database: Database, item_id: str, change: str, content_changed: bool
) -> None:
    await run(
        database,
        """INSERT INTO assets (owner_id, sha256, media_type, width, height, bytes)
           VALUES ('a', %s, 'image/png', 1, 1, 1)""",
        "0" * 64,
    )
    await run(
        database,
        """UPDATE items SET status = 'approved', auto_tags = '{a}', verdict = '{}', verdict_provider = 'x',
                            verdict_event_id = uuidv7()""",
    )
    before = await row_of(database, item_id)
    await run(database, f"UPDATE items SET {change}")
    after = await row_of(database, item_id)
    assert after["revision"] == before["revision"] + 1
    assert after["updated_at"] > before["updated_at"]
    assert after["content_revision"] == before["content_revision"] + content_changed
    judged = (after["status"], after["auto_tags"], after["verdict"], after["verdict_provider"])
    assert judged == (("pending", [], None, None) if content_changed else ("approved", ["a"], {}, "x"))
    assert (after["verdict_event_id"] is None) is content_changed


async def test_a_change_of_content_cannot_bring_its_own_approval(database: Database, item_id: str) -> None:
    await run(database, "UPDATE items SET name = 'x', status = 'approved'")
    assert (await row_of(database, item_id))["status"] == "pending"


async def test_nobody_sets_a_revision_by_hand(database: Database, item_id: str) -> None:
    await run(database, "UPDATE items SET revision = 99, content_revision = 99")
    after = await row_of(database, item_id)
    assert (after["revision"], after["content_revision"]) == (1, 1)
    await run(database, "UPDATE items SET revision = 99, content_revision = 99, price = 7")
    after = await row_of(database, item_id)
    assert (after["revision"], after["content_revision"]) == (2, 1)


async def test_an_update_that_changes_nothing_is_none(database: Database, item_id: str) -> None:
    before = await row_of(database, item_id)
    await run(database, "UPDATE items SET name = name, price = price")
    assert await row_of(database, item_id) == before


async def test_only_approved_rows_are_mirrored_and_what_was_leaves_a_tombstone(
    database: Database, item_id: str
) -> None:
    for change in ("price = 1", "status = 'review'", "status = 'rejected'"):
        await run(database, f"UPDATE items SET {change}")
    assert await told(database, "item.mirrored") == []
    for change in ("status = 'approved'", "price = 2", "status = 'rejected'", "price = 3", "status = 'approved'"):
        await run(database, f"UPDATE items SET {change}")
    await run(database, "UPDATE items SET name = 'x'")
    rows = await told(database, "item.mirrored")
    assert [(row["revision"], row["payload"] is None) for row in rows] == [
        (5, False),
        (6, False),
        (7, True),
        (9, False),
        (10, True),
    ]
    assert {row["key"] for row in rows} == {item_id}


async def test_a_deleted_row_leaves_a_tombstone_above_its_last_revision(database: Database, item_id: str) -> None:
    await run(database, "UPDATE items SET status = 'approved'")
    await run(database, "DELETE FROM items")
    rows = await told(database, "item.mirrored")
    assert [(row["revision"], row["payload"] is None) for row in rows] == [(2, False), (3, True)]


async def test_a_row_inserted_approved_by_raw_sql_is_mirrored_like_any_other(database: Database) -> None:
    await run(
        database,
        """INSERT INTO items (id, seller_id, name, description, category, price, status)
           VALUES (uuidv7(), 's', 'n', '', 'ui', 0, 'approved')""",
    )
    assert [row["revision"] for row in await told(database, "item.mirrored")] == [1]


async def test_the_mirrored_document_is_the_whole_item(database: Database, item_id: str) -> None:
    await run(database, "UPDATE items SET status = 'approved', auto_tags = '{검}'")
    (row,) = await told(database, "item.mirrored")
    mirrored, item = document(row), await row_of(database, item_id)
    assert mirrored is not None
    same = [
        *("external_id", "seller_id", "name", "description", "category", "tags", "auto_tags", "price", "status"),
        *("revision", "content_revision", "popularity", "attribution"),
    ]
    assert {name: mirrored[name] for name in same} == {name: item[name] for name in same}
    assert mirrored["id"] == item_id
    assert mirrored["created_at"] == item["created_at"].isoformat(timespec="microseconds").replace("+00:00", "Z")


async def test_a_mirrored_row_goes_on_in_the_trace_of_its_change(database: Database, item_id: str) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    set_traceparent(traceparent)
    await run(database, "UPDATE items SET status = 'approved'")
    set_traceparent(None)
    await run(database, "UPDATE items SET price = 1")
    assert [row["traceparent"] for row in await told(database, "item.mirrored")] == [traceparent, None]


async def test_an_announcement_alone_changes_no_revision(database: Database, item_id: str) -> None:
    await run(database, "UPDATE items SET announced_revision = 0")
    assert (await row_of(database, item_id))["revision"] == 1


async def test_what_the_mirror_could_not_follow_is_refused(database: Database, item_id: str) -> None:
    for statement in ("TRUNCATE items", "UPDATE items SET id = uuidv7()"):
        with pytest.raises(psycopg.errors.RaiseException, match="search index would keep"):
            await run(database, statement)


@pytest.mark.parametrize(
    "change",
    [
        "name = ''",
        "name = repeat('x', 101)",
        "description = repeat('x', 5001)",
        "category = 'weapons'",
        "tags = string_to_array(repeat('x', 11), NULL)",
        "auto_tags = string_to_array(repeat('x', 6), NULL)",
        "price = -1",
        "status = 'listed'",
    ],
)
async def test_the_database_holds_the_limits_by_itself(database: Database, item_id: str, change: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await run(database, f"UPDATE items SET {change}")
