"""A plan says what a replay would read and do, and why it may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.groups import Membership
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import Cost, Effects, ReplayRefused
from herofactory.platform.settings import Settings
from streams.replay import planner as planner_module
from streams.replay import sample
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.request import Request
from tests.support.replay_ground import CopiedNotes, QuietNotes, ground_of
from tests.support.replaying import TOPIC, note

pytestmark = pytest.mark.anyio


@pytest.fixture
def ground(settings: Settings, database: Database, notes_log: EmbeddedLog, codec: EventCodec) -> Ground:
    return ground_of(settings, database, notes_log, codec)


@pytest.fixture
def planner(ground: Ground, outbox: Outbox) -> Planner:
    return Planner(ground, Replays(outbox))


@pytest.fixture
async def target(database: Database) -> QuietNotes:
    target = QuietNotes(database)
    await target.set_up()
    return target


async def drafted(planner: Planner, target: QuietNotes, **wishes: Any) -> Plan:
    return await planner.draft(Request(target="notes", **wishes), target)


async def test_a_plan_counts_what_each_partition_holds(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog
) -> None:
    notes_log.publish([note(f"n{number}", 1) for number in range(100)])
    plan = await drafted(planner, target)
    ends = {at: held.end for at, held in notes_log.offsets(TOPIC).items()}
    assert {span.partition: (span.start, span.end, span.records, span.gap) for span in plan.spans} == {
        at: (0, end, end, 0) for at, end in ends.items()
    }
    held = [record for at in ends for record in notes_log.read(TOPIC, at, 0, 200)]
    assert sum(span.bytes for span in plan.spans) == sum(len(r.key or b"") + len(r.value or b"") for r in held)
    assert (plan.records, plan.generation, plan.complete, plan.refusals, plan.warnings) == (100, 2, True, (), ())
    assert plan.estimate_s
    assert plan.sampled >= 90
    assert Plan.from_json(plan.to_json()) == plan


async def test_a_plan_changes_nothing_until_it_is_saved(
    planner: Planner, target: QuietNotes, database: Database, outbox: Outbox
) -> None:
    plan = await drafted(planner, target)
    async with database.connection() as connection:
        assert await generations.of(connection) == []
    replay = await planner.save(plan, target)
    async with database.connection() as connection:
        assert await generations.of(connection) == [("notes", 1, "notes-1", "following", True)]
        assert (await Replays(outbox).get(connection, replay.id)).state == "planned"
    assert Plan.from_json(replay.plan) == plan


async def test_every_replay_gets_a_generation_of_its_own(planner: Planner, target: QuietNotes) -> None:
    first = await planner.save(await drafted(planner, target), target)
    again = await drafted(planner, target)
    assert (first.generation, again.generation) == (2, 3)
    assert "fills generation 2" in again.warnings[0]
    taken = await drafted(planner, target, generation=2)
    assert "plan again" in taken.refusals[0]
    assert "generation 1 of notes exists" in (await drafted(planner, target, generation=1)).refusals[0]
    with pytest.raises(ReplayRefused, match="plan again"):
        await planner.save(replace(taken, refusals=()), target)


async def test_of_two_that_are_planned_at_once_one_gets_the_generation(
    planner: Planner, target: QuietNotes, database: Database, outbox: Outbox
) -> None:
    """One on the command line, one over the API."""
    replays = Replays(outbox)
    async with database.transaction() as transaction:
        asked = await replays.request(transaction, "notes", {"target": "notes"})
    plans = [await drafted(planner, target) for _ in range(2)]
    await planner.save(plans[0], target)
    with pytest.raises(ReplayRefused, match="fills generation 2 of notes: plan again"):
        await planner.save(plans[1], target, asked=asked.id)
    after = await planner.save(await drafted(planner, target), target, asked=asked.id)
    assert (after.id, after.state, after.generation, after.wanted) == (asked.id, "planned", 3, None)


async def test_places_are_offsets_times_and_words(planner: Planner, target: QuietNotes, notes_log: EmbeddedLog) -> None:
    notes_log.publish([note("n", 1)] * 10)
    (busy,) = [at for at, held in notes_log.offsets(TOPIC).items() if held.end]
    middle = datetime.fromtimestamp(notes_log.read(TOPIC, busy, 0, 1)[0].timestamp + 0.001, UTC).isoformat()
    notes_log.call(lambda cursor: cursor.execute("UPDATE records SET timestamp=timestamp+offset"))

    async def found(**wishes: str) -> tuple[int, int, bool]:
        plan = await drafted(planner, target, **wishes)
        (span,) = [span for span in plan.spans if span.partition == busy]
        return span.start, span.end, plan.complete

    assert await found() == (0, 10, True)
    assert await found(start="3") == (3, 10, False)
    assert await found(start=middle) == (1, 10, False)
    assert await found(end="4") == (0, 4, False)
    assert await found(start="2", end="99") == (2, 10, False)
    with pytest.raises(ReplayRefused, match="`yesterday` is no place in a topic"):
        await found(start="yesterday")


async def test_a_range_that_lies_behind_all_there_is_is_refused(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog
) -> None:
    notes_log.publish([note("n", 1)] * 10)
    for start in ("10", "999999999"):
        with pytest.raises(ReplayRefused, match="lies behind all of notes: its longest partition ends at 10"):
            await drafted(planner, target, start=start)
    with pytest.raises(ReplayRefused, match="from `5` to `2` there is nothing to read"):
        await drafted(planner, target, start="5", end="2")
    with pytest.raises(ReplayRefused, match="`2999-01-01` lies in the future"):
        await drafted(planner, target, start="2999-01-01")
    assert (await drafted(planner, target, start="9")).records == 1


async def test_an_empty_topic_may_be_planned(planner: Planner, target: QuietNotes) -> None:
    for start in ("earliest", "0", "2026-01-01"):
        plan = await drafted(planner, target, start=start)
        assert (plan.records, plan.refusals) == (0, ())


async def test_what_retention_took_has_to_be_accepted(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog
) -> None:
    notes_log.create_topic(TopicConfig(TOPIC, 3, 3600.0))
    notes_log.publish([note(f"n{number}", 1) for number in range(30)])
    newest = notes_log.read(TOPIC, 0, 0, 1)[0].timestamp
    notes_log.maintain(newest + 7200)
    plan = await drafted(planner, target)
    assert sum(span.gap for span in plan.spans) == 30
    assert "retention has taken 30 of the records" in plan.refusals[0]
    assert "--accept-gap" in plan.refusals[0]
    accepted = await drafted(planner, target, accept_gap=True)
    assert (accepted.refusals, accepted.accept_gap) == ((), True)
    late = await drafted(planner, target, start=datetime.fromtimestamp(newest + 0.001, UTC).isoformat())
    assert late.refusals == (), "nothing younger than that can have gone"
    early = await drafted(planner, target, start="2020-01-01")
    assert "retention has taken 30" in early.refusals[0]
    with pytest.raises(ReplayRefused, match="--accept-gap"):
        await planner.save(plan, target)


async def test_a_group_with_live_members_is_not_read_under(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog
) -> None:
    member = Membership("herofactory.notes.g2", "one", 60.0, 60.0, notes_log.alive)
    notes_log.call(member.join)
    plan = await drafted(planner, target)
    assert plan.refusals == ("group herofactory.notes.g2 has 1 live members: stop whatever reads under it",)


async def test_a_replay_that_could_miss_deletions_is_refused(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog
) -> None:
    notes_log.create_topic(TopicConfig(TOPIC, 3, None, compacted=True, delete_retention_s=100.0))
    notes_log.publish([note(f"n{number}", 1) for number in range(100)])
    assert (await drafted(planner, target)).refusals == ()
    slow = await drafted(planner, target, rate=1.0)
    assert slow.estimate_s == pytest.approx(100, rel=0.1)
    assert "risks missing a deletion" in slow.refusals[0]


class Paid(QuietNotes):
    effects: Effects = "external"

    async def cost(self, records: AsyncIterator[Record]) -> Cost:
        calls = len([record async for record in records])
        return Cost(calls=calls, micro_usd=calls * 1_000)


async def test_paid_calls_need_a_budget(planner: Planner, database: Database, notes_log: EmbeddedLog) -> None:
    target = Paid(database)
    await target.set_up()
    notes_log.publish([note(f"n{number}", number) for number in range(40)])
    plan = await drafted(planner, target, filter="value.revision < 10")
    assert plan.cost == Cost(calls=10, micro_usd=10_000)
    assert ["budget" in each for each in plan.refusals] == [True, True]
    assert (
        await drafted(planner, target, filter="value.revision < 10", max_calls=10, max_micro_usd=10_000)
    ).refusals == ()


async def test_a_target_says_whether_the_database_can_fill_it(
    planner: Planner,
    target: QuietNotes,
    database: Database,
    notes_log: EmbeddedLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes_log.publish([note(f"n{number}", 1) for number in range(50)])
    assert "cannot be made from the database" in (await drafted(planner, target, source="database")).refusals[0]
    able = CopiedNotes(database)
    await able.store(1, [{"id": f"n{number}", "revision": 2, "content": "row"} for number in range(3)])
    plan = await drafted(planner, able, source="database")
    assert (plan.refusals, plan.rows, plan.records) == ((), 3, 3)
    assert all(span.start == span.end for span in plan.spans)
    assert plan.estimate_s
    rated = await drafted(planner, able, source="database", rate=2.0)
    assert rated.estimate_s == pytest.approx(1.5)
    monkeypatch.setattr(planner_module, "ENOUGH", 100)
    assert (await drafted(planner, able, source="database")).estimate_s is None
    refused = await drafted(planner, able, source="database", filter="key = n1")
    assert "leave --from, --to and --filter out" in refused.refusals[0]


async def test_a_sample_that_halts_the_agent_is_a_warning(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog
) -> None:
    notes_log.publish([note("n", 1)])
    target.fault = "no such index"
    plan = await drafted(planner, target)
    assert "no such index" in plan.warnings[0]
    assert plan.estimate_s is None


async def test_how_long_rows_take_is_not_known_from_an_empty_topic(planner: Planner, database: Database) -> None:
    able = CopiedNotes(database)
    await able.set_up()
    assert (await drafted(planner, able, source="database")).estimate_s == 0.0
    await able.store(1, [{"id": "n", "revision": 2, "content": "row"}])
    plan = await drafted(planner, able, source="database")
    assert (plan.rows, plan.estimate_s, plan.refusals) == (1, None, ())


async def test_long_topics_are_estimated_from_samples(
    planner: Planner, target: QuietNotes, notes_log: EmbeddedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "EXACT", 50)
    monkeypatch.setattr(sample, "PER_PLACE", 10)
    notes_log.create_topic(TopicConfig(TOPIC, 3, None, compacted=True))
    notes_log.publish([note("same", 1)] * 1_000)
    notes_log.call(lambda cursor: cursor.execute("DELETE FROM records WHERE offset % 4 > 0"))
    plan = await drafted(planner, target)
    assert plan.records == pytest.approx(250, rel=0.15)


async def test_what_cannot_be_understood_is_refused_at_once(planner: Planner, target: QuietNotes) -> None:
    with pytest.raises(ReplayRefused, match="at character 1: no record has `kay`"):
        await drafted(planner, target, filter="kay = 1")
    with pytest.raises(ReplayRefused, match="there is no replay target 'nothing'; there are: search-index"):
        await planner.draft(Request(target="nothing"))
