"""The queue: its states under any order of what bridges, owners and the sweeper do; and who is next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from herofactory.assets.image import Image
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.studio.jobs.errors import LeaseLost
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.queue import Held, JobQueue, Made
from herofactory.studio.jobs.state import TERMINAL
from herofactory.studio.jobs.sweeper import sweep
from tests.support.jobs import PRESETS, REQUEST, ask, generations, job_of, pass_time, tile

pytestmark = pytest.mark.anyio
LEASE_S = 10.0
MADE = [Made("image", "", Image(tile(1), 8, 8))]
ENDS = {"generation.completed", "generation.failed", "generation.cancelled"}


def queue_of(database: Database, outbox: Outbox) -> JobQueue:
    return JobQueue(database, outbox, lease_s=LEASE_S)


async def claim(queue: JobQueue, worker: str = "a", server: str = "http://one", slots: int = 1_000) -> Job | None:
    return await queue.claim(worker, "comfyui", server, list(PRESETS), slots)


async def claimed(queue: JobQueue, **more: Any) -> Job:
    job = await claim(queue, **more)
    assert job is not None
    return job


async def sweep_now(database: Database, outbox: Outbox) -> int:
    async with database.transaction() as transaction:
        return await sweep(transaction, outbox)


class Acting:
    """Bridges that forget nothing: they act under leases long lost as well."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self.database = database
        self.outbox = outbox
        self.queue = queue_of(database, outbox)
        self.held: list[Job] = []
        self.jobs: list[UUID] = []
        self.seen: dict[UUID, Job] = {}

    async def act(self, what: str, which: int) -> None:
        held = self.held[which % len(self.held)] if self.held else None
        acts: dict[str, Callable[[], Awaitable[Any]]] = {
            "ask": self._ask,
            "claim": self._claim,
            "sweep": lambda: sweep_now(self.database, self.outbox),
            "cancel": lambda: self._cancel(which),
            "second": lambda: pass_time(self.database, 1),
            "lease": lambda: pass_time(self.database, LEASE_S),
            "hour": lambda: pass_time(self.database, 100),
        }
        if held:
            acts |= {
                "renew": lambda: self.queue.renew([Held(held, "sampling", float(which % 100))]),
                "remember": lambda: self.queue.remember(held, f"remote-{which}", resubmitted=bool(which % 2)),
                "complete": lambda: self.queue.complete(held, MADE),
                "fail": lambda: self.queue.fail(held, "OUT_OF_MEMORY" if which % 2 else "INVALID_SKETCH", "why"),
                "stop": lambda: self.queue.cancel(held),
                "release": lambda: self.queue.release(held, resumable=bool(which % 2)),
            }
        with suppress(LeaseLost):
            await acts.get(what, self._claim)()
        await self.check()

    async def check(self) -> None:
        """Nothing leaves an end, and neither fence nor percent ever falls."""
        for job_id in self.jobs:
            now, before = await job_of(self.database, job_id), self.seen.get(job_id)
            if before:
                assert now.state == before.state or before.state not in TERMINAL
                assert now.fence >= before.fence
                assert now.percent >= before.percent
            self.seen[job_id] = now

    async def drain(self) -> None:
        """Whatever happened, work and time end every job."""
        for _ in range(100):
            await pass_time(self.database, LEASE_S)
            job = await claim(self.queue)
            if job:
                with suppress(LeaseLost):
                    await self.queue.complete(job, MADE)
            await sweep_now(self.database, self.outbox)
            await self.check()
            if all(job.ended for job in self.seen.values()):
                return
        raise AssertionError(f"jobs that never end: {self.seen}")

    async def _ask(self) -> None:
        self.jobs.append((await ask(self.database, self.outbox, f"user-{len(self.jobs) % 3}")).id)

    async def _claim(self) -> None:
        job = await claim(self.queue)
        if job:
            self.held.append(job)

    async def _cancel(self, which: int) -> None:
        if self.jobs:
            job = await job_of(self.database, self.jobs[which % len(self.jobs)])
            async with self.database.transaction() as transaction:
                await generations(self.outbox).cancel(transaction, job.owner_id, job.id)


ACTS = ["ask", "claim", "renew", "remember", "complete", "fail", "stop", "release", "cancel", "sweep"]
PASSING = ["second", "lease", "hour"]


@given(acts=st.lists(st.tuples(st.sampled_from(ACTS + PASSING), st.integers(0, 999)), min_size=5, max_size=25))
@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_job_ends_once_with_one_event_and_one_set_of_assets(
    dsn: str, outbox: Outbox, acts: list[tuple[str, int]]
) -> None:
    async def run() -> None:
        async with Database(dsn, size=2) as database:
            async with database.connection() as connection:
                await connection.execute("TRUNCATE generations, generation_assets, generation_listings, outbox")
            acting = Acting(database, outbox)
            await acting.act("ask", 0)
            for what, which in acts:
                await acting.act(what, which)
            await acting.drain()
            for job_id in acting.jobs:
                rows = await database.fetch("SELECT topic FROM outbox WHERE key = %s ORDER BY seq", str(job_id))
                topics = [row["topic"] for row in rows]
                assert topics[0] == "generation.requested"
                assert len(topics) == 2
                assert topics[1] in ENDS
                sets = await database.fetch("SELECT 1 FROM generation_assets WHERE generation_id = %s", job_id)
                assert len(sets) == (topics[1] == "generation.completed")

    asyncio.run(run())


async def test_thousand_jobs_of_fifty_users_no_user_waits_more_than_twice_the_fair_share(
    database: Database, outbox: Outbox
) -> None:
    users, each = 50, 20
    # Some send everything at once before anybody else, the others come in any order.
    greedy = [f"user-{user}" for user in range(5) for _ in range(each)]
    others = [f"user-{user}" for user in range(5, users) for _ in range(each)]
    Random(1).shuffle(others)
    async with database.transaction() as transaction:
        for user in greedy + others:
            await generations(outbox).create(transaction, user, REQUEST)
    queue, served = queue_of(database, outbox), dict.fromkeys(greedy + others, 0)
    for place in range(1, users * each + 1):
        job = await claimed(queue)
        await queue.complete(job, [])
        served[job.owner_id] += 1
        assert place <= 2 * users * served[job.owner_id], f"{job.owner_id} waited until place {place}"
    assert set(served.values()) == {each}
    assert await claim(queue) is None


async def test_who_asks_rarely_is_next_after_one_of_everybody(database: Database, outbox: Outbox) -> None:
    for _ in range(20):
        await ask(database, outbox, "busy")
    queue = queue_of(database, outbox)
    for _ in range(5):
        await queue.complete(await claimed(queue), [])
        rare = await ask(database, outbox, "rare")
        order = [await claimed(queue) for _ in range(2)]
        assert rare.id in [job.id for job in order]
        for job in order:
            await queue.complete(job, [])


async def test_a_claimed_job_is_nobody_elses(database: Database, outbox: Outbox) -> None:
    jobs = {(await ask(database, outbox, f"user-{number}")).id for number in range(10)}
    queue = queue_of(database, outbox)
    got = await asyncio.gather(*(claim(queue, worker=str(number)) for number in range(20)))
    assert sorted(job.id for job in got if job) == sorted(jobs)


async def test_a_result_under_an_old_fence_is_refused(database: Database, outbox: Outbox) -> None:
    job = await ask(database, outbox)
    queue = queue_of(database, outbox)
    first = await claimed(queue)
    await pass_time(database, LEASE_S + 1)
    second = await claimed(queue, worker="b")
    assert (second.id, second.fence, second.attempts) == (job.id, first.fence + 1, 1)
    for late in (queue.complete(first, MADE), queue.fail(first, "RENDER_FAILED", ""), queue.cancel(first)):
        with pytest.raises(LeaseLost):
            await late
    with pytest.raises(LeaseLost):
        await queue.remember(first, "remote", resubmitted=False)
    assert await queue.renew([Held(first, None, 1.0)]) == {}
    assert (await queue.complete(second, MADE)).state == "succeeded"


async def test_what_a_dead_bridge_had_on_another_server_is_begun_anew_or_lost(
    database: Database, outbox: Outbox
) -> None:
    job = await ask(database, outbox)
    queue = queue_of(database, outbox)
    for attempt in (1, 2, 3):
        mine = await claimed(queue, server=f"http://gone-{attempt}")
        assert mine.attempts == attempt
        await pass_time(database, LEASE_S + 61)
        assert await claim(queue, server="http://other") is None
        assert await sweep_now(database, outbox) == 1
    found = await job_of(database, job.id)
    assert (found.state, found.cause) == ("failed", "LOST")


async def test_a_job_expires_even_under_a_lease_and_says_what_was_wrong(database: Database, outbox: Outbox) -> None:
    job = await ask(database, outbox, deadline_s=30.0)
    queue = queue_of(database, outbox)
    await queue.fail(await claimed(queue), "BACKEND_UNAVAILABLE", "the server is away")
    await pass_time(database, 20)
    mine = await claimed(queue)
    await pass_time(database, 20)
    assert await sweep_now(database, outbox) == 1
    found = await job_of(database, job.id)
    assert (found.state, found.cause) == ("expired", "EXPIRED")
    with pytest.raises(LeaseLost):
        await queue.complete(mine, MADE)


async def test_a_server_gets_only_presets_that_it_serves(database: Database, outbox: Outbox) -> None:
    await ask(database, outbox)
    queue = queue_of(database, outbox)
    assert await queue.claim("a", "comfyui", "one", ["portrait"], 1) is None
    assert await queue.claim("a", "comfyui", "one", ["portrait"], 1, served=False, waited_s=30) is None
    assert await queue.claim("a", "comfyui", "one", ["portrait"], 1, served=False) is not None
