"""Replays over the API: admins ask, the worker takes the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from herofactory.accounts.principal import Role
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.plan import Plan, Span
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from tests.api.conftest import Headers, bearer
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio

SOME = "8f14e45f-ceea-467f-a8f8-2c9b5b1d9f3e"
PLAN = Plan("insights", 2, "topics", (Span("search.query", 0, 0, 10, 10, 100),))


@pytest.fixture
def admin(token_of: Callable[[str, Role], str]) -> Headers:
    return bearer(token_of("admin-1", "admin"))


@pytest.fixture
async def planned(database: Database, outbox: Outbox) -> Replay:
    async with database.transaction() as transaction:
        return await Replays(outbox).add(transaction, PLAN)


async def ask(client: httpx.AsyncClient, who: Headers, **body: Any) -> httpx.Response:
    return await client.post("/replays", json={"target": "insights", **body}, headers=who)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/replays"), ("POST", "/replays"), ("GET", f"/replays/{SOME}"), ("POST", f"/replays/{SOME}/run")],
)
async def test_admins_alone_may(client: httpx.AsyncClient, moderator: Headers, method: str, path: str) -> None:
    body = {"target": "insights"} if path == "/replays" and method == "POST" else None
    assert_problem(await client.request(method, path, json=body), "TOKEN_REQUIRED")
    assert_problem(await client.request(method, path, json=body, headers=moderator), "FORBIDDEN")


async def test_a_request_waits_for_the_worker_to_plan_it(client: httpx.AsyncClient, admin: Headers) -> None:
    answer = await ask(client, admin, **{"from": "2026-11-01T00:00+09:00", "rate": 500, "options": {"policy": "2"}})
    assert answer.status_code == 202
    found = answer.json()
    assert (found["state"], found["wanted"], found["generation"]) == ("requested", "plan", None)
    assert found["plan"]["start"] == "2026-11-01T00:00+09:00"
    assert answer.headers["location"] == f"/api/v1/replays/{found['id']}"
    assert (await client.get(f"/replays/{found['id']}", headers=admin)).json() == found


async def test_what_is_asked_for_is_what_the_planner_takes(client: httpx.AsyncClient, admin: Headers) -> None:
    from streams.replay.request import Request

    asked = (await ask(client, admin, to="latest", filter="key = 'a'", max_calls=3)).json()["plan"]
    assert Request(**asked) == Request(target="insights", filter="key = 'a'", max_calls=3)


async def test_one_of_a_target_waits_at_a_time(client: httpx.AsyncClient, admin: Headers) -> None:
    assert (await ask(client, admin)).status_code == 202
    assert_problem(await ask(client, admin), "REPLAY_REFUSED")


async def test_the_same_key_asks_once(client: httpx.AsyncClient, admin: Headers) -> None:
    keyed = {**admin, "Idempotency-Key": "a"}
    first, second = await ask(client, keyed), await ask(client, keyed)
    assert first.json() == second.json()
    assert len((await client.get("/replays", headers=admin)).json()["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"target": "Insights!"},
        {"target": "nonsense"},
        {"target": "agent:nosuch"},
        {"from": "x"},
        {"to": "tomorrow"},
        {"from": "5", "to": "2"},
        {"filter": "kay = 1"},
        {"filter": ""},
        {"rate": 0},
        {"rate": 1e-300},
        {"unknown": 1},
        {"source": "elsewhere"},
        {"max_lag_s": -1},
        {"max_calls": 10**30},
        {"filter": "key = '\0'"},
        {"from": "\0"},
        {"options": {"policy": "\0"}},
        {"options": {"\0": "a"}},
    ],
)
async def test_what_cannot_be_understood_is_refused(
    client: httpx.AsyncClient, admin: Headers, body: dict[str, Any]
) -> None:
    assert_problem(await ask(client, admin, **body), "VALIDATION_FAILED")


async def test_who_asks_for_what_is_not_there_is_told_what_there_is(client: httpx.AsyncClient, admin: Headers) -> None:
    told = (await ask(client, admin, target="agent:nosuch")).json()["errors"]
    assert [each["field"] for each in told] == ["target"]
    assert "there are: insights, search-index, agent:listing" in told[0]["message"]
    told = (await ask(client, admin, **{"from": "x"}, filter="kay = 1")).json()["errors"]
    assert [each["field"] for each in told] == ["from", "filter"]
    assert "`x` is no place in a topic" in told[0]["message"]
    assert (await client.get("/replays", headers=admin)).json()["items"] == []


async def test_a_step_is_asked_for(client: httpx.AsyncClient, admin: Headers, planned: Replay) -> None:
    answer = await client.post(f"/replays/{planned.id}/run", headers=admin)
    assert (answer.status_code, answer.json()["wanted"]) == (202, "run")
    assert_problem(await client.post(f"/replays/{planned.id}/clean", headers=admin), "REPLAY_REFUSED")


async def test_a_step_that_the_state_does_not_allow_is_refused(
    client: httpx.AsyncClient, admin: Headers, planned: Replay
) -> None:
    assert_problem(await client.post(f"/replays/{planned.id}/swap", headers=admin), "REPLAY_REFUSED")
    assert_problem(await client.post(f"/replays/{planned.id}/jump", headers=admin), "NOT_FOUND")
    assert_problem(await client.post(f"/replays/{uuid4()}/run", headers=admin), "NOT_FOUND")


async def test_force_reaches_the_worker(
    client: httpx.AsyncClient, admin: Headers, planned: Replay, database: Database, outbox: Outbox
) -> None:
    async with database.transaction() as transaction:
        await Replays(outbox).come_to(transaction, planned.id, "differs", cause="3 entries differ")
    answer = await client.post(f"/replays/{planned.id}/swap?force=true", headers=admin)
    assert answer.status_code == 202
    async with database.connection() as connection:
        assert (await Replays(outbox).get(connection, planned.id)).forced


async def test_a_list_leaves_out_what_is_long(
    client: httpx.AsyncClient, admin: Headers, planned: Replay, database: Database, outbox: Outbox
) -> None:
    verification = {"passed": True, "differences": [{"id": "a"}]}
    async with database.transaction() as transaction:
        await Replays(outbox).come_to(transaction, planned.id, "verified", verification=verification)
    (listed,) = (await client.get("/replays?target=insights", headers=admin)).json()["items"]
    assert listed["verification"] == {"passed": True}
    assert (await client.get(f"/replays/{planned.id}", headers=admin)).json()["verification"] == verification
    assert (await client.get("/replays?target=other", headers=admin)).json()["items"] == []
