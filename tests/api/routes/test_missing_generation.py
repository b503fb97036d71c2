"""What many people miss is made on one call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from herofactory.insights.missing.prompt import prompt
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from tests.support.looked import AGO, Looked
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
NINJA = "사이버 닌자"


def address(term: str) -> str:
    return f"/insights/searches/missing/{quote(term)}/generate"


async def generate(client: httpx.AsyncClient, headers: Headers, term: str = NINJA, **more: str) -> httpx.Response:
    return await client.post(address(term), headers={**headers, **more})


@pytest.fixture
async def figures(database: Database) -> None:
    """Six people missed 사이버 닌자, two 비밀 검, five a word that nobody knows; a simulated crowd 마법 지팡이."""
    looked = Looked().search(NINJA, range(10, 16), total=0).search("비밀 검", range(20, 22), total=0)
    looked.search("뷁쀍", range(30, 35), total=0, ago=AGO + timedelta(minutes=1))
    await looked.fold(database)
    await Looked("simulated").search("마법 지팡이", range(100, 107), total=0).fold(database)


async def made(database: Database) -> dict[str, Any]:
    topics = [row["topic"] for row in await database.fetch("SELECT topic FROM outbox ORDER BY seq")]
    prompts = [row["text"] for row in await database.fetch("SELECT text FROM prompts")]
    jobs = await database.fetch("SELECT id FROM generations")
    return {"topics": topics, "prompts": prompts, "jobs": len(jobs)}


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("term", [NINJA, "사이버닌자"], ids=["as it is shown", "by its key"])
async def test_one_call_makes_the_prompt_and_the_generation(
    client: httpx.AsyncClient, seller: Headers, database: Database, term: str
) -> None:
    response = await generate(client, seller, term)
    body = response.json()
    assert response.status_code == 202, response.text
    job = body["generation"]
    assert response.headers["location"] == f"/api/v1/generations/{job['id']}"
    assert (job["state"], job["position"], job["text"], job["prompt_id"]) == ("queued", 1, NINJA, body["prompt_id"])
    assert "cyber ninja" in job["request"]["english"]
    assert (await client.get(f"/prompts/{body['prompt_id']}", headers=seller)).json()["text"] == prompt(NINJA)
    assert (await client.get(f"/generations/{job['id']}", headers=seller)).json()["id"] == job["id"]
    assert await made(database) == {
        "topics": ["prompt.requested", "generation.requested"],
        "prompts": [prompt(NINJA)],
        "jobs": 1,
    }


@pytest.mark.usefixtures("figures")
async def test_the_same_key_makes_it_once_even_when_nobody_misses_it_any_more(
    client: httpx.AsyncClient, seller: Headers, database: Database
) -> None:
    key = {"Idempotency-Key": "once"}
    first = await generate(client, seller, **key)
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM term_buckets")
    again = await generate(client, seller, **key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert (await made(database))["jobs"] == 1
    assert_problem(await generate(client, seller), "NOT_FOUND")


@pytest.mark.usefixtures("figures")
async def test_what_few_people_miss_is_unknown_but_to_moderators(
    client: httpx.AsyncClient, seller: Headers, moderator: Headers, database: Database
) -> None:
    for term in ("비밀 검", "없는 말", "마법 지팡이"):
        assert_problem(await generate(client, seller, term), "NOT_FOUND")
    assert await made(database) == {"topics": [], "prompts": [], "jobs": 0}
    assert (await generate(client, moderator, "비밀 검")).status_code == 202


@pytest.mark.usefixtures("figures")
async def test_simulated_searches_count_where_they_are_asked_for(client: httpx.AsyncClient, seller: Headers) -> None:
    response = await client.post(f"{address('마법 지팡이')}?include=simulated", headers=seller)
    assert response.status_code == 202, response.text


@pytest.mark.usefixtures("figures")
async def test_it_needs_a_token_words_that_are_known_and_a_place_in_the_queue(
    client: httpx.AsyncClient, seller: Headers, settings: Settings, database: Database
) -> None:
    assert_problem(await client.post(address(NINJA)), "TOKEN_REQUIRED")
    assert_problem(await generate(client, seller, "뷁쀍"), "VALIDATION_FAILED", field="text")
    assert (await made(database))["prompts"] == []
    for _ in range(settings.generation_queue):
        assert (await generate(client, seller)).status_code == 202
    assert_problem(await generate(client, seller), "QUOTA_EXCEEDED")
    assert len((await made(database))["prompts"]) == settings.generation_queue
