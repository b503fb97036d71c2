"""Generations over HTTP, worked off by the real bridge with a renderer that does as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from api.services import Services
from comfy_bridge.bridge import Bridge
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.progress import PostgresProgressBus
from herofactory.platform.settings import Settings
from herofactory.studio.jobs.progress import channel
from tests.support.images import picture
from tests.support.jobs import StubBackend, StubServer, bridge, pass_time
from tests.support.problems import assert_problem
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
NOWHERE = "00000000-0000-7000-8000-000000000000"
SWORD = {"text": "불타는 검", "seed": 7}


async def post(client: httpx.AsyncClient, headers: Headers, body: Any = SWORD) -> dict[str, Any]:
    response = await client.post("/generations", json=body, headers=headers)
    assert response.status_code == 202, response.text
    return dict(response.json())


async def read(client: httpx.AsyncClient, headers: Headers, job: dict[str, Any]) -> dict[str, Any]:
    response = await client.get(f"/generations/{job['id']}", headers=headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def ended(client: httpx.AsyncClient, headers: Headers, job: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found = await read(client, headers, job)
            if found["state"] not in ("queued", "running"):
                return found
            await asyncio.sleep(0.02)


@pytest.fixture
def server() -> StubServer:
    server = StubServer()
    server.gate.set()
    return server


@pytest.fixture
def bridged(app: FastAPI, server: StubServer, outbox: Outbox, dsn: str) -> Bridge:
    services: Services = app.state.services
    return bridge(services.database, outbox, dsn, services.assets, StubBackend(server))


@asynccontextmanager
async def running(bridge: Bridge) -> AsyncIterator[None]:
    task = asyncio.create_task(bridge.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_an_accepted_job_waits_with_its_defaults_and_is_told_of_by_one_event(
    client: httpx.AsyncClient, seller: Headers, database: Database, codec: EventCodec
) -> None:
    response = await client.post("/generations", json=SWORD, headers=seller)
    job = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/api/v1/generations/{job['id']}"
    assert (job["state"], job["position"], job["progress"], job["seed"]) == ("queued", 1, 0, 7)
    assert (job["preset"], job["backend"], job["preview"], job["assets"]) == ("pixel-icon", None, False, [])
    wanted = {"seed_locked": True, "style_strength": 50, "sketch_strength": 60, "variations": 1, "size": 1024}
    assert {name: job["request"][name] for name in wanted} == wanted
    rows = await database.fetch("SELECT topic, key, payload FROM outbox")
    assert [(row["topic"], row["key"]) for row in rows] == [("generation.requested", job["id"])]
    assert codec.decode("generation.requested", bytes(rows[0]["payload"])).key == job["id"]


async def test_a_job_ends_with_assets_that_only_its_owner_gets(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, bridged: Bridge
) -> None:
    job = await post(client, seller, {**SWORD, "variations": 2})
    async with running(bridged):
        done = await ended(client, seller, job)
    assert (done["state"], done["progress"], done["cause"], done["preview"]) == ("succeeded", 100, None, False)
    assert [asset["kind"] for asset in done["assets"]] == ["image", "image", "sprite", "sprite"]
    url = f"/assets/{done['assets'][0]['id']}"
    assert (await client.get(url, headers=seller)).content.startswith(b"\x89PNG")
    assert_problem(await client.get(url, headers=stranger), "NOT_FOUND")
    assert_problem(await client.get(url), "NOT_FOUND")


async def test_somebody_elses_job_is_nowhere(client: httpx.AsyncClient, seller: Headers, stranger: Headers) -> None:
    job = await post(client, seller)
    for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/events"), ("POST", "/ticket")):
        path = f"/generations/{job['id']}{tail}"
        assert_problem(await client.request(method, path, headers=stranger), "NOT_FOUND")
        assert_problem(await client.request(method, path), "TOKEN_REQUIRED")
    item = {"name": "검", "category": "weapon"}
    assert_problem(await client.post(f"/generations/{job['id']}/listing", json=item, headers=stranger), "NOT_FOUND")
    assert_problem(await client.get(f"/generations/{NOWHERE}", headers=seller), "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "검", "prompt_id": NOWHERE}, "text"),
        ({"text": "  "}, "text"),
        ({"text": "검" * 301}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"prompt_id": NOWHERE}, "prompt_id"),
        ({"text": "검", "sketch_id": NOWHERE}, "sketch_id"),
        ({"text": "검", "preset": "../../etc"}, "preset"),
        ({"text": "검", "seed": -1}, "seed"),
        ({"text": "검", "seed": 2**53}, "seed"),
        ({"text": "검", "seed": 1.5}, "seed"),
        ({"text": "검", "seed_locked": True}, "seed"),
        ({"text": "검", "style_strength": 101}, "style_strength"),
        ({"text": "검", "variations": 5}, "variations"),
        ({"text": "검", "variations": True}, "variations"),
        ({"text": "검", "size": 4096}, "size"),
        ({"text": "검", "background": "blue"}, "background"),
        ({"text": "검", "pixel": {"grid": 8}}, "pixel.grid"),
        ({"text": "검", "pixel": {"colours": 8, "palette": "dusk-8"}}, "pixel"),
        ({"text": "검", "pixel": {"palette": "no such palette"}}, "pixel.palette"),
        ({"text": "검", "workflow": "mine.json"}, "workflow"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_field(
    client: httpx.AsyncClient, seller: Headers, database: Database, body: Any, field: str
) -> None:
    response = await client.post("/generations", json=body, headers=seller)
    assert_problem(response, "VALIDATION_FAILED", field=field)
    assert await database.fetch("SELECT 1 FROM generations") == []


async def test_a_sketch_must_be_ones_own_upload(client: httpx.AsyncClient, seller: Headers, stranger: Headers) -> None:
    files = {"file": ("a.png", picture(), "image/png")}
    sketch = (await client.post("/uploads", files=files, headers=stranger)).json()["id"]
    refused = await client.post("/generations", json={**SWORD, "sketch_id": sketch}, headers=seller)
    assert_problem(refused, "VALIDATION_FAILED", field="sketch_id")
    assert (await post(client, stranger, {**SWORD, "sketch_id": sketch}))["sketch_id"] == sketch


async def test_a_prompt_must_be_ones_own_and_done(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, database: Database
) -> None:
    prompt = {"prompt_id": NOWHERE}
    async with database.connection() as connection:
        await connection.execute("INSERT INTO prompts (id, owner_id, text) VALUES (%s, 'seller-1', '검')", (NOWHERE,))
        refused = await client.post("/generations", json=prompt, headers=seller)
        assert "not done yet" in assert_problem(refused, "VALIDATION_FAILED", field="prompt_id")["detail"]
        await connection.execute(
            "UPDATE prompts SET state = 'done', result = %s, preset = 'portrait'",
            (json.dumps({"english": "a sword", "negative": "blur"}),),
        )
    assert_problem(await client.post("/generations", json=prompt, headers=stranger), "VALIDATION_FAILED")
    job = await post(client, seller, prompt)
    assert (job["text"], job["request"]["english"], job["request"]["negative"]) == ("검", "a sword", "blur")
    assert (job["preset"], job["prompt_id"]) == ("portrait", NOWHERE)


async def test_words_against_the_rules_are_refused_with_reasons(client: httpx.AsyncClient, seller: Headers) -> None:
    response = await client.post("/generations", json={"text": "010-1234-5678 연락주세요"}, headers=seller)
    body = assert_problem(response, "PROMPT_REJECTED", field="text")
    assert any("CONTACT_PHONE" in each["message"] for each in body["errors"])


async def test_a_repeated_key_makes_one_job(client: httpx.AsyncClient, seller: Headers, database: Database) -> None:
    headers = {**seller, "Idempotency-Key": "once"}
    first, second = await post(client, headers), await post(client, headers)
    assert first == second
    assert len(await database.fetch("SELECT 1 FROM generations")) == 1
    again = await client.post("/generations", json={"text": "방패"}, headers=headers)
    assert_problem(again, "IDEMPOTENCY_KEY_REUSED")


async def test_a_full_quota_says_when_to_come_back(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, settings: Settings
) -> None:
    jobs = [await post(client, seller) for _ in range(settings.generation_queue)]
    refused = await client.post("/generations", json=SWORD, headers=seller)
    assert_problem(refused, "QUOTA_EXCEEDED")
    assert int(refused.headers["retry-after"]) > 0
    assert (await post(client, stranger))["position"] == 2
    await client.delete(f"/generations/{jobs[0]['id']}", headers=seller)
    await post(client, seller)


async def test_a_waiting_job_is_cancelled_at_once_and_only_once(
    client: httpx.AsyncClient, seller: Headers, database: Database
) -> None:
    job = await post(client, seller)
    for _ in range(2):
        response = await client.delete(f"/generations/{job['id']}", headers=seller)
        assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    topics = [row["topic"] for row in await database.fetch("SELECT topic FROM outbox ORDER BY seq")]
    assert topics == ["generation.requested", "generation.cancelled"]


async def test_a_running_job_is_cancelled(
    client: httpx.AsyncClient, seller: Headers, bridged: Bridge, server: StubServer
) -> None:
    server.gate.clear()
    job = await post(client, seller)
    async with running(bridged):
        await eventually(lambda: bool(server.submitted))
        assert (await client.delete(f"/generations/{job['id']}", headers=seller)).status_code == 202
        done = await ended(client, seller, job)
    assert (done["state"], done["cause"], done["assets"]) == ("cancelled", "CANCELLED", [])


async def test_lists_come_in_pages_newest_first(client: httpx.AsyncClient, seller: Headers, stranger: Headers) -> None:
    jobs = [(await post(client, seller))["id"] for _ in range(3)]
    await post(client, stranger)
    first = (await client.get("/generations?limit=2", headers=seller)).json()
    rest = (await client.get(f"/generations?limit=2&cursor={first['next_cursor']}", headers=seller)).json()
    assert [job["id"] for job in first["items"] + rest["items"]] == jobs[::-1]
    assert rest["next_cursor"] is None


async def test_a_result_is_listed_once_and_goes_the_way_of_every_item(
    client: httpx.AsyncClient, seller: Headers, bridged: Bridge, database: Database
) -> None:
    job = await post(client, seller)
    path = f"/generations/{job['id']}/listing"
    item = {"name": "불타는 검", "category": "weapon", "price": 1000, "tags": ["불"]}
    assert_problem(await client.post(path, json=item, headers=seller), "NO_RESULT")
    async with running(bridged):
        done = await ended(client, seller, job)
    first, second = [await client.post(path, json=item, headers=seller) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["status"], first.json()["image_id"]) == ("pending", done["assets"][1]["id"])
    whole = await client.post(path, json={**item, "asset_id": done["assets"][0]["id"]}, headers=seller)
    assert (whole.status_code, whole.json()["image_id"]) == (201, done["assets"][0]["id"])
    assert len(await database.fetch("SELECT 1 FROM outbox WHERE topic = 'item.created'")) == 2
    wrong = await client.post(path, json={**item, "asset_id": NOWHERE}, headers=seller)
    assert_problem(wrong, "VALIDATION_FAILED", field="asset_id")


async def test_whom_to_credit_stands_beside_the_result_and_the_item_made_of_it(
    client: httpx.AsyncClient, seller: Headers, bridged: Bridge, server: StubServer
) -> None:
    server.credit = "Shape 'octopus' by Somebody, CC BY 3.0, changed"
    job = await post(client, seller)
    async with running(bridged):
        done = await ended(client, seller, job)
    assert {asset["credit"] for asset in done["assets"]} == {server.credit}
    item = {"name": "문어", "category": "character"}
    listed = await client.post(f"/generations/{job['id']}/listing", json=item, headers=seller)
    assert listed.json()["attribution"] == {"source": server.credit}


Event = dict[str, Any]


def parsed(text: str) -> list[Event]:
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            events.append({**fields, "data": json.loads(fields["data"])})
    return events


async def watched(client: httpx.AsyncClient, url: str, headers: Headers) -> list[Event]:
    """Everything until the stream ends by itself."""
    response = await asyncio.wait_for(client.get(url, headers=headers), 20)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return parsed(response.text)


async def test_events_tell_of_every_state_with_rising_ids_and_end_with_the_job(
    app: FastAPI, client: httpx.AsyncClient, seller: Headers, bridged: Bridge, server: StubServer
) -> None:
    server.gate.clear()
    bus: PostgresProgressBus = app.state.services.progress
    job = await post(client, seller)
    watching = asyncio.create_task(watched(client, f"/generations/{job['id']}/events", seller))
    async with asyncio.timeout(20):
        await eventually(lambda: bool(bus._fanout.channels))
        async with running(bridged):
            while "preview" not in (await bus.latest(channel(UUID(job["id"]))) or {}):  # noqa: ASYNC110  (a row, no event)
                await asyncio.sleep(0.02)
            server.gate.set()
            events = await watching
    states = [event["data"]["state"] for event in events if event["event"] == "state"]
    assert (states[-2], states[-1]) == ("running", "succeeded")
    assert events[-1]["data"]["assets"]
    ids = [tuple(map(int, event["id"].split("-"))) for event in events]
    assert ids == sorted(ids)
    assert any("preview" in event["data"] for event in events if event["event"] == "progress")


async def test_a_reader_goes_on_after_the_last_event_and_is_told_the_end(
    client: httpx.AsyncClient, seller: Headers, bridged: Bridge
) -> None:
    job = await post(client, seller)
    url = f"/generations/{job['id']}/events"
    async with running(bridged):
        everything = await watched(client, url, seller)
    rest = await watched(client, url, {**seller, "Last-Event-ID": "0-0-0"})
    assert [event["data"]["state"] for event in rest] == ["succeeded"]
    assert rest[0]["id"] == everything[-1]["id"]
    over = await client.get(url, headers={**seller, "Last-Event-ID": rest[0]["id"]})
    assert over.status_code == 204
    assert await watched(client, url, {**seller, "Last-Event-ID": "nonsense"}) == rest


async def test_a_ticket_watches_its_job_and_nothing_else_for_a_moment(
    app: FastAPI, client: httpx.AsyncClient, seller: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, other = await post(client, seller), await post(client, seller)
    ticket = (await client.post(f"/generations/{job['id']}/ticket", headers=seller)).json()
    assert ticket["url"].startswith(f"/api/v1/generations/{job['id']}/events?ticket=")
    for each in (job, other):
        await client.delete(f"/generations/{each['id']}", headers=seller)
    url = f"/generations/{job['id']}/events?ticket="
    assert [event["data"]["state"] for event in await watched(client, url + ticket["ticket"], {})] == ["cancelled"]
    assert_problem(await client.get(f"/generations/{other['id']}/events?ticket={ticket['ticket']}"), "INVALID_TOKEN")
    assert_problem(await client.get(url + "AAAA"), "INVALID_TOKEN")
    monkeypatch.setattr("herofactory.studio.jobs.ticket.TTL_S", -1)
    late = (await client.post(f"/generations/{job['id']}/ticket", headers=seller)).json()["ticket"]
    assert_problem(await client.get(url + late), "INVALID_TOKEN")


async def test_head_of_events_does_not_wait(client: httpx.AsyncClient, seller: Headers) -> None:
    job = await post(client, seller)
    response = await asyncio.wait_for(client.head(f"/generations/{job['id']}/events", headers=seller), 10)
    assert (response.status_code, response.content) == (200, b"")


async def test_a_job_that_nobody_took_expires(
    client: httpx.AsyncClient, seller: Headers, database: Database, outbox: Outbox, make_sweep: Callable[..., Any]
) -> None:
    job = await post(client, seller)
    await pass_time(database, 1_000)
    await make_sweep(database, outbox)
    found = await read(client, seller, job)
    assert (found["state"], found["cause"]) == ("expired", "EXPIRED")


@pytest.fixture
def make_sweep() -> Callable[..., Any]:
    from herofactory.studio.jobs.sweeper import sweep

    async def swept(database: Database, outbox: Outbox) -> None:
        async with database.transaction() as transaction:
            await sweep(transaction, outbox)

    return swept


async def test_words_become_an_english_prompt_on_the_spot(client: httpx.AsyncClient, seller: Headers) -> None:
    request = (await post(client, seller))["request"]
    assert "sword" in request["english"]
    assert request["negative"]
    refused = await client.post("/generations", json={"text": "🙂"}, headers=seller)
    assert_problem(refused, "VALIDATION_FAILED", field="text")
