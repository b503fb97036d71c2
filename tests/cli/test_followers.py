"""Generations come and go in the database, and their agents in the worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli import followers as module
from cli.followers import Followers, Live
from cli.in_use import WhileInUse
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.embedded import broker_url
from streams.faust_app import WorkerTimes
from streams.replay.ground import Ground
from streams.runtime import Worker
from tests.support.replaying import OUT, TOPICS, NotesTarget, Plain, note
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio

TIMES = WorkerTimes(session_timeout=3.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(tmp_path / "log", sync="OFF")
    for topic in TOPICS:
        log.create_topic(topic)
    yield log
    log.close()


class Stage:
    def __init__(self, database: Database, log: EmbeddedLog, target: NotesTarget, ground: Ground) -> None:
        self.database, self.log, self.target, self._ground = database, log, target, ground

    def followers(self) -> Followers:
        return Followers([Live.of(self.target.agent(1))], self._ground, self._hire)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Followers]:
        followers = self.followers()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(followers.run())
            yield followers
            running.cancel()

    async def work(self, agents: Followers, *labels: str) -> None:
        """Waits until just these take part in their groups."""
        await eventually(lambda: {h.status.agent for h in agents.health() if h.ready} == set(labels))
        await eventually(lambda: len(agents.health()) == len(labels))

    async def held(self, generation: int, number: int) -> None:
        while True:
            rows = await self.database.fetch("SELECT id FROM notes WHERE generation = %s", generation)
            if len(rows) == number:
                return
            await asyncio.sleep(0.02)

    async def change(self, *statements: Callable[..., object], number: int = 2) -> None:
        async with self.database.transaction() as transaction:
            for statement in statements:
                await statement(transaction, "notes", number)  # type: ignore[misc]  # coroutine functions

    def told(self) -> list[str]:
        return [(record.key or b"").decode() for record in self.log.read(OUT, 0, 0, 1000)]

    def _hire(self, agents: Sequence[Agent], tells: Callable[[], bool]) -> Worker:
        return Worker(
            agents,
            broker_url(self.log.folder, sync="off"),
            lambda agent, publisher: ChunkProcessor(agent, publisher=WhileInUse(publisher, tells), values=Plain()),
            TIMES,
        )


@pytest.fixture
async def stage(
    database: Database, log: EmbeddedLog, settings: Settings, codec: EventCodec, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    target = NotesTarget(database)
    await target.set_up()
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    monkeypatch.setattr(module, "open_target", lambda *_: target)
    monkeypatch.setattr(module, "made_by", lambda _: ("notes",))
    ground = Ground(
        settings=settings,
        database=database,
        log=log,
        codec=codec,
        values=Plain(),
        clock=SystemClock(),
        metrics=NoMetrics(),
    )
    return Stage(database, log, target, ground)


async def add_second(stage: Stage) -> None:
    async with stage.database.transaction() as transaction:
        await generations.adopt(transaction, "notes", "notes-1")
        await generations.add(transaction, "notes", 2, "notes-2")
        await generations.follow(transaction, "notes", 2)


async def test_from_the_first_generation_to_the_second_without_a_restart(stage: Stage) -> None:
    async with stage.working() as agents, asyncio.timeout(40):
        await stage.work(agents, "notes")
        stage.log.publish([note("a", 1)])
        await stage.held(1, 1)
        await add_second(stage)
        await stage.work(agents, "notes", "notes.g2")
        await stage.held(2, 1)
        assert stage.told() == ["a"], "what is not in use keeps its outputs to itself"

        await stage.change(generations.activate)
        await eventually(lambda: not agents._tells_first("notes"))
        stage.log.publish([note("b", 1)])
        await stage.held(1, 2)
        await stage.held(2, 2)
        await eventually(lambda: stage.told() == ["a", "b"])

        await stage.change(generations.leave, number=1)
        await stage.work(agents, "notes.g2")
        assert stage.log.members("herofactory.notes") == 0
        assert agents.reasons == []


async def test_a_worker_that_starts_has_the_right_agents_at_once(stage: Stage) -> None:
    await add_second(stage)
    await stage.change(generations.activate)
    await stage.change(generations.leave, number=1)
    async with stage.working() as agents, asyncio.timeout(30):
        await stage.work(agents, "notes.g2")
        assert "herofactory.notes" not in stage.log.groups()


async def test_what_is_being_filled_is_left_to_the_replay(stage: Stage) -> None:
    async with stage.database.transaction() as transaction:
        await generations.adopt(transaction, "notes", "notes-1")
        await generations.add(transaction, "notes", 2, "notes-2")
    async with stage.working() as agents, asyncio.timeout(30):
        await stage.work(agents, "notes")
        assert stage.target.steps == []


async def test_a_follower_that_cannot_start_is_tried_again_and_holds_nobody_up(stage: Stage) -> None:
    stage.target.fails = "writing"
    await add_second(stage)
    async with stage.working() as agents, asyncio.timeout(30):
        await stage.work(agents, "notes")
        await eventually(lambda: bool(agents.reasons))
        assert agents.reasons == ["generation 2 of notes is not followed: as planned: writing notes-2"]
        stage.target.fails = None
        await stage.work(agents, "notes", "notes.g2")
        await eventually(lambda: not agents.reasons)
    assert stage.target.steps == ["writing notes-2", "left notes-2"]
