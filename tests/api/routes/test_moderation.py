from __future__ import annotations

from typing import Any

import httpx
import pytest

from herofactory.platform.postgres.database import Database
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
REJECT = {"decision": "reject", "reason": "남의 그림입니다.", "content_revision": 1}


@pytest.fixture
async def waiting(client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], database: Database) -> list[str]:
    """Three items in review."""
    ids = [(await client.post("/items", json=sword, headers=seller)).json()["id"] for _ in range(3)]
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'review'")
    return ids


async def test_the_queue_shows_what_waits_oldest_first_in_pages(
    client: httpx.AsyncClient, moderator: Headers, waiting: list[str]
) -> None:
    first = (await client.get("/moderation/queue?limit=2", headers=moderator)).json()
    parameters = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await client.get("/moderation/queue", params=parameters, headers=moderator)).json()
    assert [item["id"] for item in (*first["items"], *second["items"])] == waiting
    assert second["next_cursor"] is None
    assert first["items"][0]["verdict"]["status"] == "review"


async def test_a_decision_takes_the_item_from_the_queue_and_tells_the_seller_why(
    client: httpx.AsyncClient, seller: Headers, moderator: Headers, waiting: list[str]
) -> None:
    response = await client.post(f"/moderation/{waiting[0]}/decision", json=REJECT, headers=moderator)
    assert (response.status_code, response.json()["status"]) == (200, "rejected")
    status = (await client.get(f"/items/{waiting[0]}/status", headers=seller)).json()
    assert status["reasons"] == [{"code": "MODERATOR_DECISION", "detail": REJECT["reason"]}]
    assert (status["provider"], status["policy"]) == ("moderator", "moderator")
    assert status["decided_at"]
    assert "moderator-1" not in str(status)
    queue = (await client.get("/moderation/queue", headers=moderator)).json()
    assert [item["id"] for item in queue["items"]] == waiting[1:]


async def test_an_approved_item_is_public_at_once(
    client: httpx.AsyncClient, moderator: Headers, waiting: list[str]
) -> None:
    approve = {"decision": "approve", "content_revision": 1}
    assert (await client.post(f"/moderation/{waiting[0]}/decision", json=approve, headers=moderator)).is_success
    assert (await client.get(f"/items/{waiting[0]}")).json()["status"] == "approved"


async def test_a_decision_on_what_was_changed_since_is_refused(
    client: httpx.AsyncClient, seller: Headers, moderator: Headers, waiting: list[str]
) -> None:
    await client.patch(f"/items/{waiting[0]}", json={"name": "얼음 검"}, headers=seller)
    response = await client.post(f"/moderation/{waiting[0]}/decision", json=REJECT, headers=moderator)
    assert_problem(response, "STALE_REVISION", field="content_revision")


async def test_a_repeated_decision_is_made_once(
    client: httpx.AsyncClient, moderator: Headers, waiting: list[str], database: Database
) -> None:
    path, headers = f"/moderation/{waiting[0]}/decision", {**moderator, "Idempotency-Key": "k"}
    first, again = [await client.post(path, json=REJECT, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert len(await database.fetch("SELECT FROM outbox WHERE topic = 'item.moderated'")) == 1
    other = await client.post(path, json={**REJECT, "reason": "x"}, headers=headers)
    assert_problem(other, "IDEMPOTENCY_KEY_REUSED")
    elsewhere = await client.post(f"/moderation/{waiting[1]}/decision", json=REJECT, headers=headers)
    assert_problem(elsewhere, "IDEMPOTENCY_KEY_REUSED")


async def test_a_decision_that_cannot_be_taken_is_told_by_field(
    client: httpx.AsyncClient, moderator: Headers, waiting: list[str]
) -> None:
    path = f"/moderation/{waiting[0]}/decision"
    for field, value in (
        ("decision", "maybe"),
        ("reason", ""),
        ("reason", "가" * 501),
        ("reason", "a\x00"),
        ("content_revision", 0),
        ("content_revision", "1"),
        ("moderator_id", "somebody else"),
    ):
        response = await client.post(path, json={**REJECT, field: value}, headers=moderator)
        assert_problem(response, "VALIDATION_FAILED", field=field)


async def test_only_moderators_decide_and_only_on_what_there_is(
    client: httpx.AsyncClient, seller: Headers, moderator: Headers, waiting: list[str]
) -> None:
    path = f"/moderation/{waiting[0]}/decision"
    assert_problem(await client.post(path, json=REJECT, headers=seller), "FORBIDDEN")
    for nowhere in ("00000000-0000-7000-8000-000000000000", "x"):
        response = await client.post(f"/moderation/{nowhere}/decision", json=REJECT, headers=moderator)
        assert_problem(response, "NOT_FOUND")
