from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from api.services import Services
from herofactory.catalog.imports import SAMPLE
from herofactory.catalog.service import Catalog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.settings import Settings
from herofactory.quality.result import Check, SuiteResult
from herofactory.quality.store import put
from herofactory.search.embedded.writer import IndexWriter
from tests.support.catalog import put_up
from tests.support.mirror import index_mirror, index_writer

pytestmark = pytest.mark.anyio
READY = "http://hero/health/ready"
RUNNING: dict[str, Any] = {"agents": {"moderation": {"state": "running", "cause": None}}}


@pytest.fixture
async def writer(settings: Settings) -> AsyncIterator[IndexWriter]:
    with index_writer(settings.folder / "search") as writer:
        yield writer


async def beat(
    database: Database, name: str, state: str = "running", detail: Any = None, ago_s: int = 0, instance: str = "host:1"
) -> None:
    async with database.connection() as connection:
        await connection.execute(
            """INSERT INTO parts (name, instance, pid, state, detail, beat_at)
               VALUES (%s, %s, 1, %s, %s, clock_timestamp() - make_interval(secs => %s))
               ON CONFLICT (name, instance) DO UPDATE SET state = excluded.state, detail = excluded.detail,
                                                beat_at = excluded.beat_at""",
            (name, instance, state, Jsonb(detail or {}), ago_s),
        )


@pytest.fixture
async def parts(database: Database, writer: IndexWriter) -> None:
    await beat(database, "relay")
    await beat(database, "worker", detail=RUNNING)


async def asked(client: httpx.AsyncClient) -> tuple[int, dict[str, Any]]:
    response = await client.get(READY)
    return response.status_code, response.json()


async def test_it_lives_whatever_is_missing(client: httpx.AsyncClient) -> None:
    response = await client.get("http://hero/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_it_is_starting_while_anything_is_missing_and_names_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert await asked(client) == (503, {"status": "starting", "missing": ["relay", "worker", "search"]})
    await beat(database, "relay")
    await beat(database, "worker", "starting")
    assert (await asked(client))[1]["missing"] == ["worker", "search"]


@pytest.mark.usefixtures("parts")
async def test_it_is_ready_once_all_parts_serve(client: httpx.AsyncClient) -> None:
    assert await asked(client) == (200, {"status": "ready"})


@pytest.mark.usefixtures("parts")
async def test_a_part_that_has_not_beaten_for_a_while_is_missing(client: httpx.AsyncClient, database: Database) -> None:
    await beat(database, "worker", ago_s=6)
    assert await asked(client) == (503, {"status": "starting", "missing": ["worker"]})


@pytest.mark.usefixtures("parts")
async def test_without_its_database_it_is_not_ready(app: FastAPI, client: httpx.AsyncClient) -> None:
    services: Services = app.state.services
    await services.database.__aexit__()
    assert await asked(client) == (503, {"status": "starting", "missing": ["database"]})


@pytest.mark.usefixtures("parts")
async def test_a_paused_agent_degrades_it(client: httpx.AsyncClient, database: Database) -> None:
    await beat(database, "worker", "paused", {"agents": {"moderation": {"state": "paused", "cause": "no answer"}}})
    status, body = await asked(client)
    assert (status, body["status"]) == (200, "degraded")
    assert "agent moderation is paused: no answer" in body["reasons"]


@pytest.mark.usefixtures("parts")
async def test_a_second_worker_that_is_only_beginning_is_no_trouble(
    client: httpx.AsyncClient, database: Database
) -> None:
    await beat(database, "worker", "starting", instance="other:1")
    assert await asked(client) == (200, {"status": "ready"})


@pytest.mark.usefixtures("parts")
async def test_of_two_workers_the_one_in_trouble_is_named(client: httpx.AsyncClient, database: Database) -> None:
    paused = {"agents": {"moderation": {"state": "paused", "cause": "no answer"}}}
    await beat(database, "worker", "paused", paused, instance="a-host:1")
    assert (await asked(client))[1]["reasons"] == [
        "worker a-host:1 is paused",
        "agent moderation is paused: no answer",
    ]
    assert (await client.get("/pipeline")).json()["agents"]["moderation"]["state"] == "paused"


@pytest.mark.usefixtures("parts")
async def test_dead_letters_degrade_it(app: FastAPI, client: httpx.AsyncClient) -> None:
    services: Services = app.state.services
    services.log.create_topic(TopicConfig("dead.indexing", 1, None))
    services.log.publish([Outgoing("dead.indexing", b"k", b"v")])
    assert await asked(client) == (200, {"status": "degraded", "reasons": ["agent indexing has 1 dead letters"]})


@pytest.mark.usefixtures("parts")
async def test_a_suite_of_expectations_that_fails_degrades_it_until_it_passes(
    client: httpx.AsyncClient, database: Database, outbox: Outbox
) -> None:
    async def ran(*, met: bool) -> None:
        check = Check("items", "the price is 0 or more", "expect_it", met, 5, 0 if met else 1)
        async with database.transaction() as transaction:
            await put(
                transaction, outbox, SuiteResult("catalogue", "", datetime(2026, 1, 1, tzinfo=UTC), 1, {}, (check,))
            )

    await ran(met=False)
    reason = "data quality, suite catalogue: items: not so: the price is 0 or more (1 of 5 rows)"
    assert await asked(client) == (200, {"status": "degraded", "reasons": [reason]})
    await ran(met=True)
    assert await asked(client) == (200, {"status": "ready"})


@pytest.mark.usefixtures("parts")
async def test_it_is_loading_until_the_whole_sample_catalogue_is_found_and_never_again(
    client: httpx.AsyncClient, database: Database, outbox: Outbox, writer: IndexWriter
) -> None:
    async def run(statement: str, *values: object) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(statement.encode(), values)

    await run("INSERT INTO imports (source, seller_id, total) VALUES (%s, 'sample-seller', 0)", SAMPLE)
    assert await asked(client) == (503, {"status": "loading", "done": 0, "total": 0})
    for _ in range(2):
        await put_up(database, Catalog(outbox), "sample-seller")
    await run("UPDATE imports SET total = 2")
    assert (await client.get("/pipeline")).json()["import"] == {"done": 0, "total": 2}
    await run("UPDATE imports SET finished_at = now()")
    await run("UPDATE items SET status = 'approved'")
    assert (await asked(client))[0] == 503
    await index_mirror(database, writer)
    assert await asked(client) == (200, {"status": "ready"})
    await put_up(database, Catalog(outbox), "sample-seller")
    assert await asked(client) == (200, {"status": "ready"})
    assert (await client.get("/pipeline")).json()["import"] is None


@pytest.mark.usefixtures("parts")
async def test_a_sample_item_that_moderation_refuses_does_not_keep_it_loading(
    client: httpx.AsyncClient, database: Database, outbox: Outbox
) -> None:
    await put_up(database, Catalog(outbox), "sample-seller")
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'rejected'")
        await transaction.execute(
            "INSERT INTO imports (source, seller_id, total, finished_at) VALUES ('sample', 'sample-seller', 1, now())"
        )
    assert (await asked(client))[0] == 200


@pytest.mark.usefixtures("parts")
async def test_a_sample_catalogue_that_cannot_be_loaded_degrades_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO imports (source, seller_id, total, failure) VALUES ('sample', 's', 0, 'no network')"
        )
    status, body = await asked(client)
    assert (status, body["status"]) == (200, "degraded")
    assert body["reasons"] == ["the sample catalogue could not be loaded: no network"]


@pytest.mark.usefixtures("parts")
async def test_the_pipeline_tells_how_much_is_where(
    app: FastAPI, client: httpx.AsyncClient, database: Database, outbox: Outbox, writer: IndexWriter
) -> None:
    services: Services = app.state.services
    for name in ("item.created", "dead.moderation"):
        services.log.create_topic(TopicConfig(name, 1, None))
    services.log.publish([Outgoing("item.created", b"k", b"v"), Outgoing("dead.moderation", b"k", b"v")])
    for _ in range(3):
        item = await put_up(database, Catalog(outbox))
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'approved' WHERE id = %s", (item.id,))
    await index_mirror(database, writer)
    figures = (await client.get("/pipeline")).json()
    assert figures["items"] == {"pending": 2, "approved": 1, "rejected": 0, "review": 0}
    assert figures["searchable"] == 1
    assert figures["outbox"]["rows"] == 4
    assert figures["outbox"]["oldest_s"] >= 0
    assert figures["agents"]["moderation"] == {"lag": 0, "dead_letters": 1, "state": "running"}
