from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.services import Services
from herofactory.accounts.principal import Role
from herofactory.platform.eventlog.port import TopicConfig
from tests.api.conftest import Headers, bearer
from tests.support.letters import AGENT, letter

pytestmark = pytest.mark.anyio


@pytest.fixture
def admin(token_of: Callable[[str, Role], str]) -> Headers:
    return bearer(token_of("admin-1", "admin"))


@pytest.fixture
async def services(app: FastAPI) -> Services:
    """Three letters of one agent, one of another."""
    services: Services = app.state.services
    for name in ("dead.counting", "dead.other", "retry.counting", "retry.other"):
        services.log.create_topic(TopicConfig(name, 1, None))
    letters = [letter(0), letter(1, KeyError("x")), letter(2, key="other"), letter(3, agent="other")]
    services.log.publish([each.to_outgoing() for each in letters])
    return services


async def ids(client: httpx.AsyncClient, admin: Headers, **query: str) -> list[str]:
    answer = await client.get("/dead-letters", params=query, headers=admin)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def named(*offsets: int, agent: str = AGENT) -> list[str]:
    return [f"{agent}:numbers:0:{offset}" for offset in offsets]


@pytest.mark.usefixtures("services")
async def test_they_are_for_administrators_only(client: httpx.AsyncClient, moderator: Headers) -> None:
    body = {"all": True, "reason": "x"}
    for method, path, sent in (("GET", "", None), ("GET", "/a:b:0:1", None), ("POST", "/redrive", body)):
        assert (await client.request(method, f"/dead-letters{path}", json=sent)).json()["code"] == "TOKEN_REQUIRED"
        refused = await client.request(method, f"/dead-letters{path}", headers=moderator, json=sent)
        assert refused.json()["code"] == "FORBIDDEN"
    assert (await client.post("/dead-letters/drop", json=body, headers=moderator)).json()["code"] == "FORBIDDEN"


@pytest.mark.usefixtures("services")
async def test_they_are_listed_in_pages_and_filtered(client: httpx.AsyncClient, admin: Headers) -> None:
    assert await ids(client, admin) == [*named(0, 1, 2), *named(3, agent="other")]
    assert await ids(client, admin, agent=AGENT, key="other") == named(2)
    assert await ids(client, admin, **{"class": "process", "cause": "KeyError"}) == named(1)
    assert await ids(client, admin, state="dropped") == []
    first = (await client.get("/dead-letters", params={"limit": "3"}, headers=admin)).json()
    following = {"limit": "3", "cursor": first["next_cursor"]}
    second = (await client.get("/dead-letters", params=following, headers=admin)).json()
    assert [each["id"] for each in second["items"]] == named(3, agent="other")
    assert second["next_cursor"] is None
    wrong = await client.get("/dead-letters", params={**following, "key": "k"}, headers=admin)
    assert wrong.json()["code"] == "INVALID_CURSOR"


@pytest.mark.usefixtures("services")
async def test_one_is_shown_whole(client: httpx.AsyncClient, admin: Headers) -> None:
    found = (await client.get(f"/dead-letters/{named(1)[0]}", headers=admin)).json()
    assert (found["class"], found["cause"], base64.b64decode(found["value"])) == ("process", "KeyError", b"1")
    assert found["headers"]["event-type"] == "numbers"
    for missing in (named(9)[0], "nonsense"):
        assert (await client.get(f"/dead-letters/{missing}", headers=admin)).json()["code"] == "NOT_FOUND"


async def test_they_are_redriven_as_many_as_one_request_may(
    client: httpx.AsyncClient, admin: Headers, services: Services
) -> None:
    async def redrive(**body: Any) -> dict[str, int]:
        found: dict[str, int] = (await client.post("/dead-letters/redrive", json=body, headers=admin)).json()
        return found

    nothing = {"refused": 0, "foreign": 0, "gone": 0}
    assert await redrive(agent=AGENT, limit=2) == {"sent": 2, "left": 1, **nothing}
    assert await redrive(ids=named(2)) == {"sent": 1, "left": 0, **nothing}
    assert await redrive(agent=AGENT) == {"sent": 0, "left": 0, **nothing}
    assert services.log.offsets("retry.counting")[0].end == 3
    assert await ids(client, admin) == named(3, agent="other")
    assert (await client.get(f"/dead-letters/{named(0)[0]}", headers=admin)).json()["decided_by"] == "admin-1"


@pytest.mark.usefixtures("services")
async def test_they_are_dropped_with_a_reason(client: httpx.AsyncClient, admin: Headers) -> None:
    refused = await client.post("/dead-letters/drop", json={"agent": AGENT}, headers=admin)
    assert refused.json()["errors"][0]["field"] == "reason"
    done = await client.post("/dead-letters/drop", json={"agent": AGENT, "reason": "old tests"}, headers=admin)
    assert done.json() == {"dropped": 3}
    found = (await client.get(f"/dead-letters/{named(0)[0]}", headers=admin)).json()
    assert (found["state"], found["reason"], found["decided_by"]) == ("dropped", "old tests", "admin-1")
    assert await ids(client, admin) == named(3, agent="other")


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "all"),
        ({"ids": ["x"]}, "ids"),
        ({"class": "outage"}, "class"),
        ({"all": True, "agnet": "moderation"}, "agnet"),
    ],
)
async def test_nothing_is_decided_on_letters_that_nobody_named(
    client: httpx.AsyncClient, admin: Headers, body: dict[str, Any], field: str
) -> None:
    answer = await client.post("/dead-letters/redrive", json=body, headers=admin)
    assert answer.json()["errors"][0]["field"] == field
