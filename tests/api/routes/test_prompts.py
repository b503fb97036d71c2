from __future__ import annotations

import unicodedata
from typing import Any
from uuid import UUID

import httpx
import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.studio import PromptRequested
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.studio.prompts.embedding import LocalEmbedder
from herofactory.studio.prompts.makers import GlossaryMaker
from herofactory.studio.prompts.optimiser import Optimiser
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.wish import Wish
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
NOWHERE = "00000000-0000-7000-8000-000000000000"


async def ask(client: httpx.AsyncClient, headers: Headers, text: str, **more: Any) -> str:
    response = await client.post("/prompts", json={"text": text, **more}, headers=headers)
    assert response.status_code == 202, response.text
    return str(response.json()["id"])


async def work(database: Database, codec: EventCodec) -> None:
    """What the agent does of all that waits."""
    prompts, optimiser = Prompts(Outbox(codec)), Optimiser(GlossaryMaker(), LocalEmbedder())
    for row in await database.fetch("SELECT id, owner_id, text FROM prompts WHERE state = 'working'"):
        made = await optimiser.optimise(Wish(row["text"]))
        asked = PromptRequested(str(row["id"]), row["owner_id"], row["text"])
        async with database.transaction() as transaction:
            await prompts.decide(transaction, asked, made, uuid7(), SystemClock().now())


async def test_a_prompt_is_accepted_worked_on_and_done(
    client: httpx.AsyncClient, seller: Headers, database: Database, codec: EventCodec
) -> None:
    text = unicodedata.normalize("NFD", "불타는 검")
    response = await client.post("/prompts", json={"text": text, "preset": "pixel-icon"}, headers=seller)
    body = response.json()
    assert (response.status_code, body["state"], UUID(body["id"]).version) == (202, "working", 7)
    assert response.headers["location"] == f"/api/v1/prompts/{body['id']}"

    waiting = await client.get(f"/prompts/{body['id']}", headers=seller)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (202, "1")
    assert (waiting.json()["text"], waiting.json()["result"]) == ("불타는 검", None)

    await work(database, codec)
    done = await client.get(f"/prompts/{body['id']}", headers=seller)
    assert (done.status_code, done.json()["state"], done.json()["preset"]) == (200, "done", "pixel-icon")
    result = done.json()["result"]
    assert (result["language"], result["subject"], result["provider"]) == ("ko", "burning sword", "glossary")
    assert result["keywords"][0].keys() == {"category", "korean", "english"}
    assert done.json()["decided_at"].endswith("Z")


async def test_a_failed_prompt_says_why(
    client: httpx.AsyncClient, seller: Headers, database: Database, codec: EventCodec
) -> None:
    prompt_id = await ask(client, seller, "검 카톡 010-1234-5678")
    await work(database, codec)
    response = await client.get(f"/prompts/{prompt_id}", headers=seller)
    body = response.json()
    assert (response.status_code, body["state"], body["cause"]) == (200, "failed", "PROMPT_REJECTED")
    assert body["reasons"][0].keys() == {"code", "detail"}
    assert body["result"] is None


async def test_somebody_elses_prompt_is_not_there(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers
) -> None:
    prompt_id = await ask(client, seller, "불타는 검")
    for path in (f"/prompts/{prompt_id}", f"/prompts/{prompt_id}/similar"):
        assert_problem(await client.get(path, headers=stranger), "NOT_FOUND")
    assert_problem(await client.get(f"/prompts/{NOWHERE}", headers=seller), "NOT_FOUND")


async def test_the_same_key_asks_once(client: httpx.AsyncClient, seller: Headers, database: Database) -> None:
    headers = {**seller, "Idempotency-Key": "k1"}
    assert await ask(client, headers, "불타는 검") == await ask(client, headers, "불타는 검")
    assert len(await database.fetch("SELECT FROM prompts")) == 1
    assert len(await database.fetch("SELECT FROM outbox WHERE topic = 'prompt.requested'")) == 1
    other = await client.post("/prompts", json={"text": "방패"}, headers=headers)
    assert_problem(other, "IDEMPOTENCY_KEY_REUSED")


REFUSED: list[dict[str, Any]] = [
    {},
    {"text": ""},
    {"text": "검" * 301},
    {"text": "검\x00"},
    {"text": 7},
    {"text": "검", "sketch_id": NOWHERE},
    {"text": "검", "preset": "no-such-look"},
    {"text": "검", "more": 1},
]


async def test_what_cannot_be_taken_is_refused(client: httpx.AsyncClient, seller: Headers) -> None:
    for body in REFUSED:
        assert_problem(await client.post("/prompts", json=body, headers=seller), "VALIDATION_FAILED")


async def test_a_token_is_needed(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post("/prompts", json={"text": "검"}), "TOKEN_REQUIRED")
    assert_problem(await client.get(f"/prompts/{NOWHERE}"), "TOKEN_REQUIRED")


async def test_similar_prompts_are_own_ones_and_it_is_said_how_they_were_found(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, database: Database, codec: EventCodec
) -> None:
    near = await ask(client, seller, "불타는 검")
    await ask(client, stranger, "불타는 용의 검")
    await ask(client, seller, "조용한 도서관")
    this = await ask(client, seller, "불타는 용의 검")
    before = await client.get(f"/prompts/{this}/similar", headers=seller)
    assert before.json() == {"prompts": [], "compared_by": "sql"}
    await work(database, codec)
    (found,) = (await client.get(f"/prompts/{this}/similar", headers=seller)).json()["prompts"]
    assert (found["id"], found["text"]) == (near, "불타는 검")
    assert 0.5 < found["likeness"] < 1
