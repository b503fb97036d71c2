"""Items like an item, over HTTP."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from herofactory.platform.postgres.database import Database
from tests.api.observe.conftest import ids
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
__all__ = ["ids"]


async def test_a_new_item_has_similar_ones_by_its_words(client: httpx.AsyncClient, ids: list[str]) -> None:
    answer = (await client.get(f"/items/{ids[0]}/similar?limit=2")).json()
    first = answer["items"][0]
    assert (first["id"], first["name"], first["why"][0]) == (ids[1], "얼음 검", "alike_in_words")
    assert 0 < first["score"] <= 1
    assert len(answer["items"]) <= 2
    assert (answer["next_cursor"], answer["simulated"]) == (None, False)
    assert ids[0] not in [item["id"] for item in answer["items"]]


async def test_an_item_that_nobody_may_see_has_none(
    client: httpx.AsyncClient, ids: list[str], database: Database
) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'review' WHERE id = %s", (ids[0],))
    for item_id in (ids[0], uuid4(), "x"):
        assert_problem(await client.get(f"/items/{item_id}/similar"), "NOT_FOUND")
    shown = (await client.get(f"/items/{ids[1]}/similar")).json()["items"]
    assert ids[0] not in [item["id"] for item in shown]


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_limit_has_limits(client: httpx.AsyncClient, ids: list[str], limit: int) -> None:
    answer = await client.get(f"/items/{ids[0]}/similar?limit={limit}")
    assert_problem(answer, "VALIDATION_FAILED", field="limit")
    assert (await client.get(f"/items/{ids[0]}/similar?limit=100")).status_code == 200
