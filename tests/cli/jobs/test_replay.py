"""Steps that were asked for over the API: written down what became of them, or tried again."""

from __future__ import annotations

import psycopg
import pytest

from cli.errors import FAILED
from cli.jobs.replay import take
from cli.replays import Steps
from herofactory.platform.clock import SystemClock
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.lock import only_one
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay, State, Step
from herofactory.platform.settings import Settings
from streams.testing_log import MemoryLog
from tests.support.replay_ground import ground_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def steps(database: Database, settings: Settings, codec: EventCodec) -> Steps:
    log = MemoryLog(SystemClock(), [TopicConfig("item.mirrored", 1, None)])
    return Steps(ground_of(settings, database, log, codec))


async def asked(steps: Steps, state: State, step: Step) -> Replay:
    async with steps.database.transaction() as transaction:
        replay = await steps.replays.add(transaction, Plan("search-index", 2, "topics", ()))
        await steps.replays.come_to(transaction, replay.id, state)
        return await steps.replays.want(transaction, replay.id, step)


async def test_what_is_refused_is_wanted_no_more(steps: Steps) -> None:
    replay = await asked(steps, "following", "verify")
    assert await take(steps, "verify", replay.id) == 0
    after = await steps.get(replay.id)
    assert (after.state, after.wanted) == ("following", None)
    assert "generation 2 of search-index is deleted" in (after.cause or "")


async def test_where_another_process_is_at_it_the_step_stays_wanted(steps: Steps) -> None:
    replay = await asked(steps, "following", "verify")
    async with only_one(steps.database, replay.id):
        assert await take(steps, "verify", replay.id) == FAILED
    after = await steps.get(replay.id)
    assert (after.wanted, after.cause) == ("verify", None)


async def test_an_outage_is_no_answer(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> Replay:
        raise psycopg.OperationalError("the server closed the connection")

    replay = await asked(steps, "following", "verify")
    monkeypatch.setattr(steps, "verify", away)
    assert await take(steps, "verify", replay.id) == FAILED
    assert (await steps.get(replay.id)).wanted == "verify"


async def test_what_another_process_has_done_meanwhile_is_not_done_again(steps: Steps) -> None:
    replay = await asked(steps, "swapped", "rollback")
    async with steps.database.transaction() as transaction:
        await steps.replays.come_to(transaction, replay.id, "rolled_back")
    assert await take(steps, "swap", replay.id) == 0
    assert (await steps.get(replay.id)).state == "rolled_back"
