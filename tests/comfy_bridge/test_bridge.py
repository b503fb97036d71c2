"""The claim loop, on the real queue and a renderer that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from comfy_bridge.bridge import Bridge
from comfy_bridge.health import Health
from herofactory.assets.folder import FolderStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.job import Job
from herofactory.studio.rendering.port import RenderError
from tests.support.jobs import (
    REQUEST,
    StubBackend,
    StubServer,
    ask,
    bridge,
    generations,
    job_of,
    pass_time,
    told_of,
)
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
MakeBridge = Callable[..., Bridge]
DONE = ["generation.requested", "generation.completed"]


@pytest.fixture
def make(database: Database, outbox: Outbox, dsn: str, tmp_path: Path) -> MakeBridge:
    return lambda *backends, **more: bridge(database, outbox, dsn, FolderStore(tmp_path), *backends, **more)


@asynccontextmanager
async def running(*bridges: Bridge) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in bridges]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def opened() -> StubServer:
    server = StubServer()
    server.gate.set()
    return server


async def until(database: Database, job: Job, wanted: Callable[[Job], bool]) -> Job:
    async with asyncio.timeout(20):
        while True:
            found = await job_of(database, job.id)
            if wanted(found):
                return found
            await asyncio.sleep(0.02)


async def ended(database: Database, job: Job) -> Job:
    return await until(database, job, lambda each: each.ended)


async def submitted(server: StubServer, count: int = 1) -> None:
    await eventually(lambda: len(server.submitted) >= count)


async def cancel(database: Database, outbox: Outbox, job: Job) -> Job:
    async with database.transaction() as transaction:
        return await generations(outbox).cancel(transaction, job.owner_id, job.id)


async def test_a_job_becomes_assets_of_its_owner_and_events(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    job = await ask(database, outbox, request=replace(REQUEST, variations=2))
    async with running(make(StubBackend(opened()))):
        done = await ended(database, job)
    assert (done.state, done.percent, done.backend) == ("succeeded", 100.0, "comfyui")
    async with database.connection() as connection:
        assets = (await repository.assets_of(connection, [job.id]))[job.id]
    assert [asset.kind for asset in assets] == ["image", "image", "sprite", "sprite"]
    assert await database.fetch_one("SELECT 1 AS x FROM assets WHERE id = %s AND owner_id = 'user-1'", assets[0].id)
    assert await told_of(database, job.id) == DONE


async def test_bridges_and_servers_share_the_work_and_do_nothing_twice(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    one, two = opened(), opened()
    jobs = [await ask(database, outbox, f"user-{number % 3}") for number in range(12)]
    bridges = [
        make(StubBackend(one, name="http://one"), StubBackend(two, name="http://two"), name=name) for name in "ab"
    ]
    async with running(*bridges):
        states = {(await ended(database, job)).state for job in jobs}
    assert states == {"succeeded"}
    assert len(one.submitted) + len(two.submitted) == len(jobs) == len({*one.submitted, *two.submitted})


async def test_a_server_gets_one_job_ahead_and_no_more(database: Database, outbox: Outbox, make: MakeBridge) -> None:
    server = StubServer()
    jobs = [await ask(database, outbox) for _ in range(5)]
    async with running(make(StubBackend(server), name="a"), make(StubBackend(server), name="b")):
        await submitted(server, 2)
        await asyncio.sleep(0.3)
        assert len(server.submitted) == 2
        server.gate.set()
        assert {(await ended(database, job)).state for job in jobs} == {"succeeded"}


async def test_a_cancel_ends_a_running_job_at_its_server(database: Database, outbox: Outbox, make: MakeBridge) -> None:
    server = StubServer()
    job = await ask(database, outbox)
    async with running(make(StubBackend(server))):
        await submitted(server)
        assert (await cancel(database, outbox, job)).state == "running"
        done = await ended(database, job)
    assert (done.state, done.cause) == ("cancelled", "CANCELLED")
    assert server.cancelled == set(server.submitted)
    assert await told_of(database, job.id) == ["generation.requested", "generation.cancelled"]


async def test_a_transient_failure_is_tried_again_and_a_lasting_one_is_not(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    server = opened()
    server.errors = [RenderError("OUT_OF_MEMORY", "too little memory")]
    job = await ask(database, outbox)
    async with running(make(StubBackend(server))):
        waiting = await until(database, job, lambda each: each.not_before is not None)
        assert (waiting.state, waiting.cause) == ("queued", "OUT_OF_MEMORY")
        server.errors = [RenderError("INVALID_SKETCH", "nothing is drawn on it")]
        await pass_time(database, 5)
        done = await ended(database, job)
    assert (done.state, done.cause, done.detail) == ("failed", "INVALID_SKETCH", "nothing is drawn on it")
    assert await told_of(database, job.id) == ["generation.requested", "generation.failed"]


async def test_attempts_are_bounded(database: Database, outbox: Outbox, make: MakeBridge) -> None:
    server = opened()
    server.errors = [RenderError("TIMEOUT", "too slow")] * 5
    job = await ask(database, outbox)
    async with running(make(StubBackend(server))):
        for attempt in (1, 2):
            await until(database, job, lambda each, n=attempt: each.state == "queued" and each.attempts == n)  # type: ignore[misc]
            await pass_time(database, 100)
        done = await ended(database, job)
    assert (done.state, done.cause, done.attempts) == ("failed", "TIMEOUT", 3)


async def test_a_job_whose_bridge_died_is_followed_by_its_id(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    server = StubServer()
    job = await ask(database, outbox)
    await die(make(StubBackend(server)), server)
    await pass_time(database, 60)
    server.gate.set()
    async with running(make(StubBackend(server), name="another")):
        done = await ended(database, job)
    assert (done.state, done.resubmitted, done.attempts) == ("succeeded", False, 1)
    assert len(server.submitted) == 1
    assert await told_of(database, job.id) == DONE


async def test_a_job_that_its_server_forgot_is_submitted_once_more(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    server = StubServer()
    job = await ask(database, outbox)
    await die(make(StubBackend(server)), server)
    server.forget()
    await pass_time(database, 60)
    server.gate.set()
    async with running(make(StubBackend(server), name="another")):
        done = await ended(database, job)
    assert (done.state, done.resubmitted) == ("succeeded", True)
    assert len(set(server.submitted)) == 2


async def test_a_bridge_that_stops_hands_its_jobs_on(database: Database, outbox: Outbox, make: MakeBridge) -> None:
    server = StubServer()
    job = await ask(database, outbox)
    async with running(make(StubBackend(server))):
        await submitted(server)
    server.gate.set()
    async with running(make(StubBackend(server), name="next")):
        assert (await ended(database, job)).state == "succeeded"
    assert len(server.submitted) == 1


async def test_a_preview_that_is_interrupted_begins_anew_and_costs_no_attempt(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    server = StubServer()
    job = await ask(database, outbox)
    async with running(make(StubBackend(server, kind="preview"))):
        await submitted(server)
    back = await job_of(database, job.id)
    assert (back.state, back.attempts) == ("queued", 0)


async def test_a_server_that_is_down_gets_nothing(database: Database, outbox: Outbox, make: MakeBridge) -> None:
    server = opened()
    server.state = lambda: Health("down", "it does not answer")
    job = await ask(database, outbox)
    bridge = make(StubBackend(server))
    async with running(bridge):
        await asyncio.sleep(0.3)
        state, detail = bridge.report()
    assert state == "waiting for a server; http://stub is down: it does not answer"
    assert detail["servers"][0]["state"] == "down"
    assert (await job_of(database, job.id)).state == "queued"


async def test_a_server_that_goes_away_uses_up_no_other_jobs_attempts(
    database: Database, outbox: Outbox, make: MakeBridge
) -> None:
    server = opened()
    server.errors = [RenderError("BACKEND_UNAVAILABLE", "the server went away")]
    jobs = [await ask(database, outbox) for _ in range(6)]

    def health() -> Health:
        return Health("down") if len(server.errors) == 0 and server.submitted else Health("ok")

    server.state = health
    async with running(make(StubBackend(server))):
        await eventually(lambda: not server.errors)
        await asyncio.sleep(0.5)
        tried = [job for job in jobs if (await job_of(database, job.id)).state == "queued"]
    assert len(server.submitted) <= 3
    assert len(tried) >= 4


async def test_a_preset_that_no_server_can_do_is_named(database: Database, outbox: Outbox, make: MakeBridge) -> None:
    server = opened()
    server.state = lambda: Health("model_missing", lacking={"portrait": ("a-checkpoint",)})
    job = await ask(database, outbox, request=replace(REQUEST, preset="portrait"))
    fine = await ask(database, outbox)
    async with running(make(StubBackend(server, presets=["pixel-icon"]), missing_s=0.0)):
        done = await ended(database, job)
        assert (await ended(database, fine)).state == "succeeded"
    assert (done.state, done.cause) == ("failed", "MODEL_MISSING")
    assert "a-checkpoint" in (done.detail or "")


async def die(bridge: Bridge, server: StubServer) -> None:
    """As kill -9 ends it: nothing is handed back."""

    async def nothing() -> None: ...

    bridge._stop = nothing  # type: ignore[method-assign]
    async with running(bridge):
        await submitted(server)
    for attempt in bridge._attempts():
        attempt._queue = Broken()  # type: ignore[assignment]
    for station in bridge._stations:
        for task in list(station.attempts):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class Broken:
    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        raise AssertionError(f"a dead bridge asked for {name}")
