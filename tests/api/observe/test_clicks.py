"""What a click must be to be taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.observe.query_id import time_of
from api.services import Services
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Database
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio


def made(ago: timedelta) -> UUID:
    milliseconds = int((datetime.now(UTC) - ago).timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)


async def click(client: httpx.AsyncClient, query_id: object, **body: Any) -> httpx.Response:
    return await client.post(f"/search/{query_id}/clicks", json={"position": 1, **body})


def test_the_id_tells_the_time() -> None:
    assert abs(datetime.now(UTC) - time_of(uuid7())) < timedelta(minutes=1)


async def test_the_query_must_be_one_of_ours_of_the_last_day(client: httpx.AsyncClient, ids: list[str]) -> None:
    wrong = [
        uuid4(),
        "7",
        "not-an-id",
        f"{{{uuid7()}}}",
        uuid7().hex,
        made(timedelta(hours=24, minutes=1)),
        made(timedelta(minutes=-1)),
    ]
    for query_id in wrong:
        assert_problem(await click(client, query_id, item_id=ids[0]), "VALIDATION_FAILED", field="query_id")
    for ago in (timedelta(hours=23, minutes=59), timedelta(0)):
        assert (await click(client, made(ago), item_id=ids[0])).status_code == 204


async def test_the_item_must_be_one_that_everybody_may_see(
    client: httpx.AsyncClient, ids: list[str], database: Database
) -> None:
    assert_problem(await click(client, uuid7(), item_id=str(uuid4())), "NOT_FOUND")
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'rejected' WHERE id = %s", (ids[0],))
    assert_problem(await click(client, uuid7(), item_id=ids[0]), "NOT_FOUND")


async def test_a_field_that_cannot_be_taken_is_named(client: httpx.AsyncClient, ids: list[str]) -> None:
    wrong: list[tuple[str, Any]] = [
        ("position", 0),
        ("position", 10_001),
        ("position", "1"),
        ("position", None),
        ("after_ms", -1),
        ("after_ms", 86_400_001),
        ("after_ms", 1.5),
        ("item_id", "sword"),
        ("more", 1),
    ]
    for field, value in wrong:
        response = await click(client, uuid7(), **{"item_id": ids[0], field: value})
        assert_problem(response, "VALIDATION_FAILED", field=field)


async def test_a_click_is_limited_as_a_read(client: httpx.AsyncClient, ids: list[str], services: Services) -> None:
    asked: list[str] = []
    take = services.limiter.take

    class Limiter:
        async def take(self, key: str, rate: float, burst: int) -> float:
            asked.append(key.partition(":")[0])
            return await take(key, rate, burst)

    object.__setattr__(services, "limiter", Limiter())
    await click(client, uuid7(), item_id=ids[0])
    await client.post("/items", json={})
    assert asked == ["read", "write"]
