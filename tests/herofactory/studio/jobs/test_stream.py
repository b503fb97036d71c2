from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.progress import PostgresProgressBus
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.progress import channel
from herofactory.studio.jobs.queue import JobQueue
from herofactory.studio.jobs.stream import Following, Moment, Told
from tests.support.jobs import PRESETS, ask, generations, pass_time

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bus(database: Database, dsn: str) -> AsyncIterator[PostgresProgressBus]:
    async with PostgresProgressBus(database, dsn, SystemClock()) as bus:
        yield bus


class Reader:
    """Told step by step: the row is looked at every tenth of a second, and silence is broken after three."""

    def __init__(self, database: Database, bus: PostgresProgressBus, job: Job, after: Moment | None = None) -> None:
        self._told = Following(database, bus, job.id, after).tell(look_s=0.1, heartbeat_s=0.3)

    async def next(self) -> Told:
        """What comes next, heartbeats left out."""
        while True:
            told = await anext(self._told)
            if told.kind != "heartbeat":
                return told

    async def any(self) -> Told:
        return await anext(self._told)


async def claim(database: Database, outbox: Outbox) -> Job:
    queue = JobQueue(database, outbox, lease_s=10)
    job = await queue.claim("a", "comfyui", "http://one", list(PRESETS), 100)
    assert job is not None
    return job


async def say(bus: PostgresProgressBus, job: Job, fence: int, percent: float, **more: str) -> None:
    """The bus is best effort: on a machine that is busy for seconds it drops what it is told, so it is asked."""
    value = {"fence": fence, "stage": "sampling", "percent": percent, **more}
    while await bus.latest(channel(job.id)) != value:
        await bus.publish(channel(job.id), value)


async def test_states_and_progress_come_in_order_with_rising_moments(
    database: Database, outbox: Outbox, bus: PostgresProgressBus
) -> None:
    job = await ask(database, outbox)
    reader = Reader(database, bus, job)
    told = [await reader.next()]
    mine = await claim(database, outbox)
    told.append(await reader.next())
    await say(bus, job, mine.fence, 40.0, preview="x")
    told.append(await reader.next())
    await JobQueue(database, outbox, lease_s=10).fail(mine, "RENDER_FAILED", "why")
    told.append(await reader.next())
    assert [(each.kind, each.job.state) for each in told] == [
        ("state", "queued"),
        ("state", "running"),
        ("progress", "running"),
        ("state", "failed"),
    ]
    assert told[2].more == {"stage": "sampling", "percent": 40.0, "preview": "x"}
    assert [each.moment for each in told] == sorted(each.moment for each in told)
    with pytest.raises(StopAsyncIteration):
        await reader.any()


async def test_what_an_earlier_attempt_or_a_late_message_says_is_left_out(
    database: Database, outbox: Outbox, bus: PostgresProgressBus
) -> None:
    job = await ask(database, outbox)
    mine = await claim(database, outbox)
    reader = Reader(database, bus, job)
    await reader.next()
    # Read after each pair: who listens is only promised the latest value.
    for left_out, told in (((mine.fence - 1, 90.0), 50.0), ((mine.fence, 20.0), 60.0)):
        await say(bus, job, *left_out)
        await say(bus, job, mine.fence, told)
        assert (await reader.next()).more["percent"] == told


async def test_a_silent_bus_only_makes_it_later(
    database: Database, outbox: Outbox, bus: PostgresProgressBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None: ...

    monkeypatch.setattr(bus, "publish", silent)
    job = await ask(database, outbox)
    reader = Reader(database, bus, job)
    await reader.next()
    async with database.transaction() as transaction:
        await generations(outbox).cancel(transaction, job.owner_id, job.id)
    assert (await reader.next()).job.state == "cancelled"


async def test_a_place_further_ahead_in_the_queue_is_told(
    database: Database, outbox: Outbox, bus: PostgresProgressBus
) -> None:
    first, job = await ask(database, outbox), await ask(database, outbox, "user-2")
    reader = Reader(database, bus, job)
    assert (await reader.next()).position == 2
    async with database.transaction() as transaction:
        await generations(outbox).cancel(transaction, first.owner_id, first.id)
    assert (await reader.next()).position == 1


async def test_silence_is_broken_and_nothing_known_is_said_again(
    database: Database, outbox: Outbox, bus: PostgresProgressBus
) -> None:
    job = await ask(database, outbox)
    reader = Reader(database, bus, job, Moment.of(job))
    assert (await reader.any()).kind == "heartbeat"
    await pass_time(database, 1)
    assert (await reader.any()).kind == "heartbeat"


@given(st.integers(0, 10**9), st.integers(0, 2), st.integers(0, 1000))
def test_a_moment_survives_the_way_through_a_reader(fence: int, rank: int, permille: int) -> None:
    moment = Moment(fence, rank, permille)
    assert Moment.parse(str(moment)) == moment


@pytest.mark.parametrize("text", [None, "", "1", "1-2", "1-2-x", "-1-0-0", "1-2-3-4", "9" * 30 + "-0-0", "1-1-1\n"])
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert Moment.parse(text) is None
