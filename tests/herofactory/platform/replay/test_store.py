"""Replays in PostgreSQL: each step is told, and only steps that the state allows can be asked for."""

from __future__ import annotations

from uuid import uuid4

import pytest

from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.replay.plan import Plan, Span
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import ReplayRefused

pytestmark = pytest.mark.anyio

PLAN = Plan("t", 2, "topics", (Span("topic", 0, 0, 10, 10, 100),))


@pytest.fixture
def replays(outbox: Outbox) -> Replays:
    return Replays(outbox)


async def told(database: Database) -> int:
    row = await database.fetch_one("SELECT count(*) AS n FROM outbox WHERE topic = 'replay.changed'")
    assert row is not None
    return int(row["n"])


async def test_a_plan_comes_back_as_it_was_stored(database: Database, replays: Replays) -> None:
    async with database.transaction() as transaction:
        added = await replays.add(transaction, PLAN)
    assert Plan.from_json(added.plan) == PLAN
    assert (added.state, added.total, added.replaced) == ("planned", 10, None)
    assert await told(database) == 1


async def test_a_request_is_planned_later_or_refused(database: Database, replays: Replays) -> None:
    async with database.transaction() as transaction:
        first = await replays.request(transaction, "t", {"target": "t", "rate": 5.0})
        assert (first.state, first.wanted, first.plan["rate"]) == ("requested", "plan", 5.0)
        with pytest.raises(ReplayRefused, match="another replay of t is waiting"):
            await replays.request(transaction, "t", {"target": "t"})
        assert (await replays.planned(transaction, first.id, PLAN)).state == "planned"
        second = await replays.request(transaction, "t", {"target": "t"})
        refused = await replays.planned(transaction, second.id, Plan("t", 3, "topics", (), refusals=("no", "never")))
    assert (refused.state, refused.cause, refused.wanted) == ("refused", "no; never", None)


async def test_a_step_is_asked_for_where_the_state_allows_it(database: Database, replays: Replays) -> None:
    async with database.transaction() as transaction:
        replay = await replays.add(transaction, PLAN)
        assert (await replays.want(transaction, replay.id, "run")).wanted == "run"
        with pytest.raises(ReplayRefused, match="`swap` needs a replay in state "):
            await replays.want(transaction, replay.id, "swap")
        with pytest.raises(ReplayRefused, match="is to take `run`"):
            await replays.want(transaction, replay.id, "clean")
        with pytest.raises(LookupError):
            await replays.want(transaction, uuid4(), "run")


async def test_what_could_not_be_done_says_why_and_is_wanted_no_more(database: Database, replays: Replays) -> None:
    async with database.transaction() as transaction:
        replay = await replays.add(transaction, PLAN)
        await replays.want(transaction, replay.id, "run")
        await replays.gave_up(transaction, replay.id, "verify", "of another step")
        assert (await replays.get(transaction, replay.id)).wanted == "run"
        await replays.gave_up(transaction, replay.id, "run", "no room")
        after = await replays.get(transaction, replay.id)
    assert (after.state, after.wanted, after.cause) == ("planned", None, "no room")


async def test_a_run_that_was_asked_for_stays_so_until_it_ends(database: Database, replays: Replays) -> None:
    async with database.transaction() as transaction:
        replay = await replays.add(transaction, PLAN)
        await replays.want(transaction, replay.id, "run")
        assert (await replays.come_to(transaction, replay.id, "running")).wanted == "run"
        assert (await replays.come_to(transaction, replay.id, "running")).wanted == "run"
        await replays.want(transaction, replay.id, "stop")
        assert (await replays.come_to(transaction, replay.id, "stopped")).wanted is None
        assert (await replays.come_to(transaction, replay.id, "running")).wanted is None


async def test_a_generation_is_written_down_before_it_has_a_place(database: Database) -> None:
    async with database.transaction() as transaction:
        for place in ("", "index-2", "elsewhere", ""):
            await generations.add(transaction, "t", 2, place)
        assert [each.place for each in await generations.of(transaction, "t")] == ["index-2"]


async def test_the_generation_in_use_is_neither_left_nor_removed(database: Database) -> None:
    async with database.transaction() as transaction:
        await generations.adopt(transaction, "t", "old")
        await generations.add(transaction, "t", 2, "new")
        for number in (1, 2):
            await generations.leave(transaction, "t", number)
        assert [each.state for each in await generations.of(transaction, "t")] == ["following", "dropping"]
        for number in (1, 2):
            await generations.remove(transaction, "t", number)
        assert [each.number for each in await generations.of(transaction, "t")] == [1]
