from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from herofactory.accounts.principal import Role
from herofactory.platform.settings import Settings
from tests.api.conftest import bearer
from tests.support.mirror import index_writer

pytestmark = pytest.mark.anyio
Lines = list[dict[str, Any]]
Logged = Callable[..., Awaitable[Lines]]


@pytest.fixture
def logged(settings: Settings) -> Logged:
    """Send requests through an application of its own; the lines it leaves."""

    async def send(*requests: tuple[str, str], **given: Any) -> Lines:
        app: FastAPI = create_app(settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, client=("198.51.100.77", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://hero") as client:
                for method, path in requests:
                    await client.request(method, path, **given)
        log = settings.folder / "logs" / "access.log"
        return [json.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []

    return send


async def test_every_request_leaves_a_line(logged: Logged) -> None:
    [line] = await logged(("GET", "/?q=secret%40person.test"), headers={"Referer": "http://h/?q=1"})
    assert line["http"] == {
        "request": {"method": "GET", "referrer": "http://h/"},
        "response": {"status_code": 200},
        "route": "/",
    }
    assert line["url"] == {"path": "/"}
    assert line["client"] == {"ip": "198.51.100.0"}
    assert line["event"]["duration"] > 0
    assert "secret" not in json.dumps(line)


async def test_who_is_refused_at_the_gate_leaves_one_too(logged: Logged) -> None:
    item = "/api/v1/items/01920000-0000-7000-8000-000000000000"
    lines = await logged(("GET", item), ("PATCH", item), headers={"Authorization": "Bearer forged-token"})
    for line in lines:
        assert line["http"]["response"]["status_code"] == 401
        assert line["http"]["route"] == "/api/v1/items/{item_id}"
        assert line["herofactory"] == {"code": "INVALID_TOKEN"}
        assert "forged" not in json.dumps(line)
    assert len(lines) == 2


async def test_the_problem_is_named(logged: Logged) -> None:
    lines = await logged(
        ("POST", "/api/v1/items"), ("GET", "/nowhere"), ("GET", "/api/v1/search?min_price=2&max_price=1")
    )
    assert [(line["http"]["route"], line["herofactory"]["code"]) for line in lines] == [
        ("/api/v1/items", "TOKEN_REQUIRED"),
        ("unmatched", "NOT_FOUND"),
        ("/api/v1/search", "VALIDATION_FAILED"),
    ]


async def test_the_line_is_of_the_trace_that_was_answered(logged: Logged) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    [line] = await logged(("HEAD", "/api/v1/search"), headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert line["trace"] == {"id": trace}
    assert line["http"]["request"] == {"method": "HEAD"}


async def test_who_is_signed_in_has_a_pseudonym(logged: Logged, token_of: Callable[[str, Role], str]) -> None:
    [line] = await logged(("GET", "/api/v1/items/mine"), headers=bearer(token_of("seller-1", "user")))
    assert re.fullmatch("[0-9a-f]{16}", line["user"]["hash"])
    assert "seller-1" not in json.dumps(line)


async def test_a_search_tells_what_was_looked_for_without_who(logged: Logged, settings: Settings) -> None:
    with index_writer(settings.folder / "search"):
        pass  # an empty index, so that there is an answer
    [line] = await logged(("GET", "/api/v1/search?q=%EB%B6%88%EA%B2%80%20me%40person.test&session=visit-1"))
    told = line["herofactory"]
    assert (told["total"], "불검" in told["query"], UUID(told["query_id"]).version) == (0, True, 7)
    assert re.fullmatch("[0-9a-f]{16}", line["labels"]["session"])
    assert "person.test" not in json.dumps(line)
    assert "visit-1" not in json.dumps(line)


async def test_health_and_metrics_leave_none(logged: Logged) -> None:
    assert await logged(("GET", "/health/live"), ("GET", "/metrics")) == []
