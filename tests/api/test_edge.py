"""What holds for every route: tokens, limits, errors, traces, headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI

from api.services import Services
from herofactory.accounts.principal import Role
from herofactory.accounts.signing_key import SigningKey, load_signing_key
from herofactory.accounts.tokens import TokenIssuer
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
TRACE = "0af7651916cd43dd8448eb211c80319c"


def forged(settings: Settings) -> dict[str, str]:
    expired = TokenIssuer(load_signing_key(settings.folder / "keys"), -60, SystemClock()).issue("seller-1")
    return {
        "expired": f"Bearer {expired}",
        "forged": f"Bearer {TokenIssuer(SigningKey(b'x' * 32), 60, SystemClock()).issue('seller-1')}",
        "alg=none": f"Bearer {jwt.encode({'sub': 'seller-1', 'role': 'admin'}, '', algorithm='none')}",
        "garbage": "Bearer x.y.z",
        "empty": "Bearer ",
        "another scheme": "Basic c2VsbGVyOnNlY3JldA==",
        "no scheme": "",
    }


async def test_an_invalid_token_is_refused_everywhere_public_reads_included(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    for why, authorization in forged(settings).items():
        for method, path in (("GET", "/search"), ("GET", "/pipeline"), ("POST", "/items"), ("GET", "/nowhere")):
            response = await client.request(method, path, headers={"Authorization": authorization})
            assert_problem(response, "INVALID_TOKEN")
            assert response.headers["www-authenticate"].startswith("Bearer"), why


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/items"),
        ("PATCH", "/items/00000000-0000-7000-8000-000000000000"),
        ("DELETE", "/items/00000000-0000-7000-8000-000000000000"),
        ("GET", "/items/mine"),
        ("GET", "/items/00000000-0000-7000-8000-000000000000/status"),
        ("POST", "/uploads"),
        ("GET", "/moderation/queue"),
        ("POST", "/moderation/00000000-0000-7000-8000-000000000000/decision"),
    ],
)
async def test_without_a_token_the_answer_is_401_whatever_the_body(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path, content=b"{")
    assert_problem(response, "TOKEN_REQUIRED")
    assert response.headers["www-authenticate"] == 'Bearer realm="herofactory"'


async def test_what_is_nowhere_is_a_problem_too(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), "NOT_FOUND")
    assert_problem(await client.get("http://hero/nowhere"), "NOT_FOUND")
    assert_problem(await client.get("http://hero/static/../../pyproject.toml"), "NOT_FOUND")


async def test_a_method_that_is_not_there_names_those_that_are(client: httpx.AsyncClient) -> None:
    response = await client.put("/search")
    assert_problem(response, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET"


async def test_an_error_of_ours_says_nothing_but_its_trace(app: FastAPI, client: httpx.AsyncClient) -> None:
    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("the password is hunter2")

    response = await client.get("/broken", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    body = assert_problem(response, "INTERNAL_ERROR")
    assert body["trace_id"] == TRACE
    assert "hunter2" not in response.text


async def test_a_request_goes_on_in_the_trace_it_came_in(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], database: Database
) -> None:
    headers = {**seller, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    response = await client.post("/items", json=sword, headers=headers)
    assert response.headers["traceresponse"].split("-")[1] == TRACE
    assert response.headers["x-request-id"] == TRACE
    row = await database.fetch_one("SELECT traceparent FROM outbox")
    assert row is not None
    assert row["traceparent"].split("-")[1] == TRACE


@pytest.mark.parametrize("traceparent", ["", "nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01", "x" * 5000])
async def test_a_malformed_trace_begins_a_new_one(client: httpx.AsyncClient, traceparent: str) -> None:
    response = await client.get("/pipeline", headers={"traceparent": traceparent})
    assert response.status_code == 200
    assert len(response.headers["x-request-id"]) == 32
    assert set(response.headers["x-request-id"]) != {"0"}


async def test_every_answer_is_hardened(client: httpx.AsyncClient) -> None:
    for path in ("/pipeline", "/nowhere", "http://hero/", "http://hero/docs", "http://hero/health/live"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"]


async def test_head_answers_as_get_without_a_body(client: httpx.AsyncClient) -> None:
    response = await client.head("/pipeline")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0
    assert_problem_status = await client.head("/nowhere")
    assert (assert_problem_status.status_code, assert_problem_status.content) == (404, b"")


class TestLimits:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_burst": 2, "read_rate": 0.01, "write_rate": 0.01})

    async def test_reads_are_limited_by_address_and_told_when_to_come_again(self, client: httpx.AsyncClient) -> None:
        for _ in range(2):
            assert (await client.get("/pipeline")).status_code == 200
        response = await client.get("/pipeline")
        assert_problem(response, "RATE_LIMITED")
        assert 1 <= int(response.headers["retry-after"]) <= 100

    async def test_writes_are_limited_by_token_owner(
        self, client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any]
    ) -> None:
        for _ in range(2):
            assert (await client.post("/items", json=sword, headers=seller)).status_code == 201
        assert_problem(await client.post("/items", json=sword, headers=seller), "RATE_LIMITED")
        assert (await client.post("/items", json=sword, headers=stranger)).status_code == 201
        assert (await client.get("/items/mine", headers=seller)).status_code == 200

    async def test_guessing_tokens_is_limited(self, client: httpx.AsyncClient) -> None:
        for _ in range(2):
            assert_problem(await client.get("/search", headers={"Authorization": "Bearer x"}), "INVALID_TOKEN")
        assert_problem(await client.get("/search", headers={"Authorization": "Bearer x"}), "RATE_LIMITED")

    async def test_a_forwarded_address_is_believed_by_nobody(self, client: httpx.AsyncClient) -> None:
        answers = [
            (await client.get("/pipeline", headers={"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}"}))
            for n in range(3)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 429]

    async def test_health_and_metrics_alone_are_exempt(self, client: httpx.AsyncClient) -> None:
        for path in ("/", "/static/app.js"):
            assert (await client.get(f"http://hero{path}")).status_code == 200
        assert_problem(await client.get("http://hero/docs"), "RATE_LIMITED")
        for _ in range(5):
            assert (await client.get("http://hero/health/live")).status_code == 200
            assert (await client.get("http://hero/metrics")).status_code == 200


async def test_without_the_limiters_database_reads_go_on_and_writes_wait(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], database: Database
) -> None:
    async with database.connection() as connection:
        await connection.execute("ALTER FUNCTION take_token RENAME TO hidden")
    assert (await client.get("/pipeline")).status_code == 200
    response = await client.post("/items", json=sword, headers=seller)
    assert_problem(response, "UNAVAILABLE")
    assert int(response.headers["retry-after"]) >= 1
    told = (await client.get("http://hero/metrics")).text
    assert 'hero_rate_limiter_unavailable_total{kind="read"}' in told


async def test_the_database_gone_is_a_503_and_not_a_500(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    services: Services = app.state.services
    await services.database.__aexit__()
    assert_problem(await client.get("/items/00000000-0000-7000-8000-000000000000"), "UNAVAILABLE")


async def test_figures_are_kept_by_route_and_not_by_path(client: httpx.AsyncClient) -> None:
    await client.get("/items/00000000-0000-7000-8000-000000000000")
    told = (await client.get("http://hero/metrics")).text
    assert 'route="/api/v1/items/{item_id}"' in told
    assert "00000000-0000-7000" not in told


async def test_the_documentation_tells_of_every_problem(client: httpx.AsyncClient) -> None:
    document = (await client.get("http://hero/openapi.json")).json()
    assert "ProblemBody" in document["components"]["schemas"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        if not path.startswith("/api/"):
            continue
        for operation in operations.values():
            told = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert {"401", "422", "429", "500", "503"} <= set(told), path
            assert all("application/problem+json" in answer["content"] for answer in told.values()), path


async def test_an_admin_may_what_a_moderator_may(
    client: httpx.AsyncClient, token_of: Callable[[str, Role], str], seller: Headers
) -> None:
    for role, status in (("user", 403), ("moderator", 200), ("admin", 200)):
        token = token_of("somebody", role)  # type: ignore[arg-type]  # a tuple of literals is a str to mypy
        response = await client.get("/moderation/queue", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == status
        if status == 403:
            assert_problem(response, "FORBIDDEN")
