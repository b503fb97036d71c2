"""Replays are carried out beside the live log, and go on where they were: on every log there is.

A test class inherits this and offers `log`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from herofactory.platform.eventlog.port import EventLog, TopicConfig
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.replay import generations
from herofactory.platform.replay.lock import ReplayBusy
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import ReplayRefused
from herofactory.platform.settings import Settings
from streams.replay import run as run_module
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.request import Request
from streams.replay.runner import Runner
from tests.support import replaying
from tests.support.replay_ground import CopiedNotes, QuietNotes, ground_of

GROUP = "herofactory.notes.g2"


def note(topic: str, note_id: str, revision: int) -> Outgoing:
    return replace(replaying.note(note_id, revision), topic=topic)


async def planned(ground: Ground, replays: Replays, target: QuietNotes, **wishes: Any) -> Replay:
    planner = Planner(ground, replays)
    plan = await planner.draft(Request(target="notes", **wishes), target)
    return await planner.save(plan, target)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (of another task's making)
            await asyncio.sleep(0.01)


async def contents(database: Database, generation: int) -> dict[str, int]:
    rows = await database.fetch("SELECT id, revision FROM notes WHERE generation = %s", generation)
    return {row["id"]: row["revision"] for row in rows}


async def state_of(database: Database, generation: int) -> str:
    async with database.connection() as connection:
        found = await generations.of(connection, "notes")
    return next(each.state for each in found if each.number == generation)


class ReplayContract:
    @pytest.fixture
    def topic(self, log: EventLog) -> str:
        """Of this test's own."""
        name = f"notes.{uuid.uuid4().hex}"
        for config in (TopicConfig(name, 3, None), TopicConfig("dead.notes", 1, None)):
            log.create_topic(config)
        return name

    @pytest.fixture
    def ground(self, settings: Settings, database: Database, log: EventLog, codec: EventCodec) -> Ground:
        return ground_of(settings, database, log, codec)

    @pytest.fixture
    def replays(self, outbox: Outbox) -> Replays:
        return Replays(outbox)

    @pytest.fixture
    async def target(self, database: Database, topic: str) -> CopiedNotes:
        target = CopiedNotes(database, topic)
        await target.set_up()
        return target

    @pytest.fixture(autouse=True)
    def often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(run_module, "TOLD_EVERY_S", 0.05)

    async def test_a_generation_is_filled_and_handed_over_at_the_live_end(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(500)])
        replay = await planned(ground, replays, target)
        log.publish([note(topic, f"n{number}", 2) for number in range(490, 510)])
        ended = await Runner(ground, replays).run(replay.id, target=target)
        assert (ended.state, ended.cause, ended.done, ended.total) == ("following", None, 500, 500)
        assert await contents(database, 2) == {f"n{n}": 1 if n < 490 else 2 for n in range(510)}
        assert await state_of(database, 2) == "following"
        assert log.committed(GROUP, topic) == {at: held.end for at, held in log.offsets(topic).items()}
        assert log.committed("herofactory.notes", topic) == {}
        assert target.steps == ["writing notes-2", "left notes-2"]

    async def test_what_it_hands_to_agents_says_where_it_is_from_and_keeps_its_time(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, topic: str
    ) -> None:
        (position,) = log.publish([note(topic, "n", 1)])
        replay = await planned(ground, replays, target)
        await Runner(ground, replays).run(replay.id, target=target)
        (given,) = target.given
        (original,) = log.read(topic, position.partition, position.offset, 1)
        assert dict(given.headers) == {
            **original.headers,
            "replay-id": str(replay.id).encode(),
            "replay-from": f"{topic}/{position.partition}/{position.offset}".encode(),
        }
        assert (given.key, given.value, given.timestamp) == (original.key, original.value, original.timestamp)

    async def test_a_filtered_replay_ends_at_its_bounds_and_nobody_follows(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", number) for number in range(100)])
        replay = await planned(ground, replays, target, filter="value.revision >= 50 and key != n70")
        log.publish([note(topic, "late", 200)])
        ended = await Runner(ground, replays).run(replay.id, target=target)
        assert ended.state == "following"
        assert await contents(database, 2) == {f"n{n}": n for n in range(50, 100) if n != 70}
        assert await state_of(database, 2) == "filling"

    async def test_a_stopped_replay_goes_on_where_it_was(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(300)])
        target.records, target.gate_after = 20, 100
        target.gate.clear()
        replay = await planned(ground, replays, target)
        stop = asyncio.Event()
        running = asyncio.create_task(Runner(ground, replays).run(replay.id, stop, target))
        await until(lambda: len(target.given) >= 100)
        stop.set()
        stopped = await running
        assert stopped.state == "stopped"
        assert 0 < stopped.done < 300
        assert stopped.done == sum(log.committed(GROUP, topic).values())
        assert await state_of(database, 2) == "filling"
        target.gate.set()
        before = len(target.given)
        assert (await Runner(ground, replays).run(replay.id, target=target)).state == "following"
        assert len(target.given) - before == 300 - stopped.done
        assert len(await contents(database, 2)) == 300

    async def test_it_stops_when_that_is_wanted_of_it(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(50)])
        target.gate.clear()
        replay = await planned(ground, replays, target)
        running = asyncio.create_task(Runner(ground, replays).run(replay.id, target=target))
        await until(lambda: bool(target.steps))
        async with asyncio.timeout(20):
            while True:
                async with database.transaction() as transaction:
                    if (await replays.get(transaction, replay.id)).state == "running":
                        await replays.want(transaction, replay.id, "stop")
                        break
                await asyncio.sleep(0.01)
        stopped = await running
        assert (stopped.state, stopped.wanted) == ("stopped", None)

    async def test_an_agent_that_halts_fails_the_replay_with_its_cause(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, "n", 1)])
        replay = await planned(ground, replays, target)
        target.fault = "no such index"
        failed = await Runner(ground, replays).run(replay.id, target=target)
        assert failed.state == "failed"
        assert "agent notes.g2: Fatal: no such index" in (failed.cause or "")
        target.fault = None
        assert (await Runner(ground, replays).run(replay.id, target=target)).state == "following"
        assert await contents(database, 2) == {"n": 1}

    async def test_two_processes_never_run_the_same_replay(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, topic: str
    ) -> None:
        log.publish([note(topic, "n", 1)])
        target.gate.clear()
        replay = await planned(ground, replays, target)
        running = asyncio.create_task(Runner(ground, replays).run(replay.id, target=target))
        await until(lambda: bool(target.steps))
        with pytest.raises(ReplayBusy):
            await Runner(ground, replays).run(replay.id, target=target)
        target.gate.set()
        assert (await running).state == "following"
        with pytest.raises(ReplayRefused, match="is following"):
            await Runner(ground, replays).run(replay.id, target=target)

    async def test_two_replays_at_once_are_kept_apart(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(200)])
        first = await planned(ground, replays, target)
        second = await planned(ground, replays, target, filter="key ~ 1")
        assert (first.generation, second.generation) == (2, 3)
        runs = [Runner(ground, replays).run(each.id, target=target) for each in (first, second)]
        assert [each.state for each in await asyncio.gather(*runs)] == ["following", "following"]
        assert len(await contents(database, 2)) == 200
        assert set(await contents(database, 3)) == {f"n{n}" for n in range(200) if "1" in str(n)}

    async def test_rows_of_the_database_come_first_and_then_what_the_topic_told_since(
        self, ground: Ground, replays: Replays, target: CopiedNotes, log: EventLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(100)])
        await target.store(1, [{"id": f"n{number}", "revision": 2, "content": "row"} for number in range(40)])
        replay = await planned(ground, replays, target, source="database")
        assert replay.total == 40
        log.publish([note(topic, "n7", 1), note(topic, "n8", 3), note(topic, "new", 1)])
        target.breaks_after = 20
        failed = await Runner(ground, replays).run(replay.id, target=target)
        assert failed.state == "failed"
        assert "the connection broke" in (failed.cause or "")
        target.breaks_after = None
        log.publish([note(topic, "n9", 4)])
        ended = await Runner(ground, replays).run(replay.id, target=target)
        assert (ended.state, ended.done, target.copies) == ("following", 40, 2)
        expected = {f"n{n}": 2 for n in range(40)}
        # What came after the first run had noted the ends is read, whatever the rows say of it.
        assert await contents(database, 2) == {**expected, "n9": 4}
        assert Counter(record.key for record in target.given) == {b"n9": 1}

    async def test_progress_is_told_while_it_runs(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EventLog, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(60)])
        target.records, target.gate_after = 10, 30
        target.gate.clear()
        replay = await planned(ground, replays, target)
        told: list[int] = []
        runner = Runner(ground, replays, on_progress=lambda progress: told.append(progress.done))
        running = asyncio.create_task(runner.run(replay.id, target=target))
        await until(lambda: bool(told) and told[-1] >= 30)
        target.gate.set()
        await running
        assert told == sorted(told)
