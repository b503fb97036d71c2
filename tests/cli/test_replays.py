"""Steps of replays where another process is at it, or was."""

from __future__ import annotations

import asyncio

import pytest

from cli.replay_bar import rest_of
from cli.replays import Steps
from cli.tables.replay import show_plan, span_of
from herofactory.platform.clock import SystemClock
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.lock import only_one
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay, State
from herofactory.platform.replay.target import ReplayRefused
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground
from streams.replay.progress import Progress
from streams.testing_log import MemoryLog
from tests.support.replaying import Plain
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def steps(database: Database, settings: Settings, codec: EventCodec) -> Steps:
    clock = SystemClock()
    log = MemoryLog(clock, [TopicConfig("item.mirrored", 1, None)])
    return Steps(
        Ground(
            settings=settings,
            database=database,
            log=log,
            codec=codec,
            values=Plain(),
            clock=clock,
            metrics=NoMetrics(),
        )
    )


@pytest.fixture
async def running(steps: Steps) -> Replay:
    async with steps.database.transaction() as transaction:
        replay = await steps.replays.add(transaction, Plan("search-index", 2, "topics", ()))
        return await steps.replays.come_to(transaction, replay.id, "running")


async def told_to_stop(steps: Steps, replay: Replay) -> None:
    async with asyncio.timeout(20):
        while True:
            if (await steps.get(replay.id)).wanted == "stop":
                return
            await asyncio.sleep(0.02)


async def test_a_run_whose_process_was_killed_is_stopped_at_once(steps: Steps, running: Replay) -> None:
    after = await steps.stop(running.id)
    assert (after.state, after.wanted) == ("stopped", None)
    assert (await steps.stop(running.id)).state == "stopped"


async def test_a_run_of_another_process_is_told_to_stop_and_waited_for(steps: Steps, running: Replay) -> None:
    async with only_one(steps.database, running.id):
        stopping = asyncio.create_task(steps.stop(running.id))
        await told_to_stop(steps, running)
        assert not stopping.done()
        async with steps.database.transaction() as transaction:
            await steps.replays.come_to(transaction, running.id, "stopped")
        assert (await stopping).state == "stopped"


async def test_a_run_of_another_process_is_watched_to_its_end(steps: Steps, running: Replay) -> None:
    said: list[str] = []
    told: list[Progress] = []
    async with only_one(steps.database, running.id):
        watching = asyncio.create_task(steps.run(running.id, asyncio.Event(), told.append, said.append))
        await eventually(lambda: bool(told))
        async with steps.database.transaction() as transaction:
            await steps.replays.come_to(transaction, running.id, "following")
        assert (await watching).state == "following"
    assert said == [f"another process runs replay {running.id}: watching it"]


async def test_who_stops_watching_stops_nothing(steps: Steps, running: Replay) -> None:
    stop = asyncio.Event()
    stop.set()
    async with only_one(steps.database, running.id):
        after = await steps.run(running.id, stop, lambda _: None, lambda _: None)
    assert (after.state, after.wanted) == ("running", None)


async def test_what_cannot_be_planned_is_refused_with_the_cause(steps: Steps) -> None:
    async with steps.database.transaction() as transaction:
        asked = await steps.replays.request(transaction, "nonsense", {"target": "nonsense"})
    after = await steps.plan(asked.id)
    assert after.state == "refused"
    assert "there is no replay target 'nonsense'" in (after.cause or "")
    with pytest.raises(ReplayRefused, match="`plan` needs a replay in state requested; "):
        await steps.plan(asked.id)


@pytest.mark.parametrize("state", ["requested", "refused"])
async def test_what_was_never_planned_is_cleaned_whatever_its_target_is(steps: Steps, state: State) -> None:
    async with steps.database.transaction() as transaction:
        asked = await steps.replays.request(transaction, "agent:nosuch", {"target": "agent:nosuch"})
        await steps.replays.come_to(transaction, asked.id, state)
    async with only_one(steps.database, asked.id):
        with pytest.raises(ReplayRefused, match="another process is at work"):
            await steps.clean(asked.id)
    for _ in range(2):
        assert (await steps.clean(asked.id)).state == "cleaned"
    assert await steps.all() == []


def test_what_is_left_is_told_in_words() -> None:
    told = Progress(done=10, total=100, rate=30.0, eta_s=3.0, live_lag_s=0.0, waiting=None)
    assert rest_of(told) == "30/s, 3.0 s left"
    assert rest_of(Progress(100, 100, 0.0, None, 0.0, None)) == "coming to the live end"
    assert rest_of(Progress(100, 100, 0.0, None, 0.0, None, 2)) == "coming to the live end, 2 set aside"
    assert rest_of(Progress(1, 100, 0.0, None, 3.0, "live agents are 3.0 s behind")).startswith("waiting: live agents")


def test_how_long_it_takes_may_be_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    show_plan(Plan("search-index", 2, "database", (), rows=7, estimate_s=None))
    assert "estimate: unknown for 7 records, measured on 0" in capsys.readouterr().out


@pytest.mark.parametrize(("seconds", "text"), [(0.25, "0.2 s"), (75, "1 min 15 s"), (7_260, "2 h 01 min")])
def test_times_are_as_exact_as_anybody_cares(seconds: float, text: str) -> None:
    assert span_of(seconds) == text
