"""200 jobs while bridges and their servers are killed at random: each ends once, each result is one set of assets."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from subprocess import Popen
from typing import Any

import psycopg
import pytest

from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.studio.jobs.sweeper import sweep
from tests.support.bridging import spawn
from tests.support.comfyui.process import Process, process
from tests.support.jobs import REQUEST, generations

pytestmark = [pytest.mark.anyio, pytest.mark.chaos]
JOBS = 200
USERS = 10
LEASE_S = 2.0
KILLING_S = 25.0
ENDING_S = 120.0
CANCELLED = 12
VICTIMS = ("bridge", "bridge", "server", "stop")
TRAPS = ("step_s=0.01", "late_history_s=0.05")


class Schedule:
    """Two bridges and two servers, each killed and started again."""

    def __init__(self, dsn: str, assets: Path, random: Random) -> None:
        self._dsn = dsn
        self._assets = assets
        self._random = random
        self._stack = ExitStack()
        self._servers: list[Process] = []
        self._bridges: list[Popen[bytes]] = []
        self.kills: Counter[str] = Counter()

    def __enter__(self) -> Schedule:
        self._servers = [self._stack.enter_context(process(*TRAPS)) for _ in range(2)]
        self._bridges = [self._bridge() for _ in range(2)]
        return self

    def __exit__(self, *_: object) -> None:
        for bridge in self._bridges:
            bridge.kill()
            bridge.wait()
        self._stack.close()

    async def kill(self) -> None:
        """Now and then a bridge that is asked to stop instead, and a server that stays away for a while."""
        victim = self._random.choice(VICTIMS)
        number = self._random.randrange(2)
        self.kills[victim] += 1
        await (self._kill_server(number) if victim == "server" else self._kill_bridge(number, victim == "stop"))

    async def _kill_bridge(self, number: int, politely: bool) -> None:
        bridge = self._bridges[number]
        (bridge.terminate if politely else bridge.kill)()
        await asyncio.to_thread(bridge.wait)
        self._bridges[number] = self._bridge()

    async def _kill_server(self, number: int) -> None:
        server = self._servers[number]
        server.child.kill()
        await asyncio.to_thread(server.child.wait)
        await asyncio.sleep(self._random.uniform(0, 1))
        again = process(*TRAPS, port=server.port)
        self._servers[number] = await asyncio.to_thread(self._stack.enter_context, again)

    def _bridge(self) -> Popen[bytes]:
        return spawn(self._dsn, self._assets, LEASE_S, *(server.url for server in self._servers))


@asynccontextmanager
async def sweeping(database: Database, outbox: Outbox) -> AsyncIterator[None]:
    async def again() -> None:
        while True:
            with suppress(psycopg.Error):
                async with database.transaction() as transaction:
                    await sweep(transaction, outbox, orphaned_s=2 * LEASE_S)
            await asyncio.sleep(0.5)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()


async def states(database: Database) -> Counter[str]:
    rows = await database.fetch("SELECT state, count(*) AS jobs FROM generations GROUP BY state")
    return Counter({row["state"]: row["jobs"] for row in rows})


async def until_all_ended(database: Database, meanwhile: Callable[[], Any]) -> None:
    deadline = time.monotonic() + KILLING_S + ENDING_S
    killing = time.monotonic() + KILLING_S
    while left := (await states(database)) & Counter(queued=JOBS, running=JOBS):
        assert time.monotonic() < deadline, f"jobs that did not end: {left}"
        if time.monotonic() < killing:
            await meanwhile()
        await asyncio.sleep(0.8)


async def test_every_job_ends_in_exactly_one_state_whoever_is_killed(
    database: Database, outbox: Outbox, dsn: str, tmp_path: Path
) -> None:
    random, jobs = Random(20261123), []
    asking = generations(outbox, deadline_s=KILLING_S + ENDING_S)
    async with database.transaction() as transaction:
        for number in range(JOBS):
            jobs.append(await asking.create(transaction, f"user-{number % USERS}", REQUEST))
    with Schedule(dsn, tmp_path, random) as schedule:

        async def disturb() -> None:
            await schedule.kill()
            job = random.choice(jobs)
            if sum(schedule.kills.values()) <= CANCELLED:
                async with database.transaction() as transaction:
                    await asking.cancel(transaction, job.owner_id, job.id)

        async with sweeping(database, outbox):
            await until_all_ended(database, disturb)
    ended = await states(database)
    print(f"{dict(ended)} after kills {dict(schedule.kills)}")
    assert all(schedule.kills[victim] for victim in VICTIMS), schedule.kills
    assert await interrupted(database) > 0, "nobody was killed at work"
    assert ended["cancelled"] > 0
    assert sum(ended.values()) == JOBS
    assert ended["succeeded"] >= JOBS * 0.8
    await each_has_one_end(database)


async def interrupted(database: Database) -> int:
    """Jobs that were begun more than once."""
    (row,) = await database.fetch("SELECT count(*) AS jobs FROM generations WHERE attempts > 1")
    return int(row["jobs"])


async def each_has_one_end(database: Database) -> None:
    """One event besides the request that fits the state; assets of exactly one result, where there is one."""
    wrong = await database.fetch(
        """SELECT generations.id, state, topics, kinds FROM generations
             CROSS JOIN LATERAL (SELECT array_agg(topic ORDER BY seq) AS topics
                                   FROM outbox WHERE key = generations.id::text) AS told
             CROSS JOIN LATERAL (SELECT coalesce(array_agg(kind ORDER BY ordinal), '{}') AS kinds
                                   FROM generation_assets WHERE generation_id = generations.id) AS made
            WHERE topics <> ARRAY['generation.requested', CASE state WHEN 'succeeded' THEN 'generation.completed'
                                  WHEN 'cancelled' THEN 'generation.cancelled' ELSE 'generation.failed' END]
               OR kinds <> CASE state WHEN 'succeeded' THEN ARRAY['image', 'sprite'] ELSE '{}' END"""
    )
    assert wrong == []
