"""Replays on the embedded log."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from herofactory.platform.delivery.letters import LetterFilter, catch_up, dropped, open_counts, page
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.replay.store import Replays
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.request import Request
from streams.replay.runner import Runner
from tests.contract.replay import ReplayContract, note, planned
from tests.support.replay_ground import QuietNotes
from tests.support.replaying import OUT, NotesTarget
from tests.support.replaying import note as plain_note

pytestmark = pytest.mark.anyio


class TestEmbedded(ReplayContract):
    @pytest.fixture
    def log(self, notes_log: EmbeddedLog) -> EmbeddedLog:
        return notes_log

    async def test_outputs_of_a_generation_that_is_not_in_use_are_refused(
        self, ground: Ground, replays: Replays, log: EmbeddedLog, database: Database
    ) -> None:
        target = NotesTarget(database)
        await target.set_up()
        log.publish([plain_note("n", 1)])
        planner = Planner(ground, replays)
        replay = await planner.save(await planner.draft(Request(target="notes"), target), target)
        failed = await Runner(ground, replays).run(replay.id, target=target)
        assert failed.state == "failed"
        assert "writes to topic notes.out" in (failed.cause or "")
        assert log.offsets(OUT)[0].end == 0

    async def test_what_a_run_sets_aside_is_a_dead_letter_of_its_agent_one_for_each_generation(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EmbeddedLog, database: Database, topic: str
    ) -> None:
        log.publish([note(topic, "n", 1), replace(note(topic, "broken", 1), value=b"{")])
        told: list[int] = []
        for _ in (2, 3):
            replay = await planned(ground, replays, target)
            runner = Runner(ground, replays, on_progress=lambda progress: told.append(progress.set_aside))
            assert (await runner.run(replay.id, target=target)).state == "following"
            assert told[-1] == 1
            await catch_up(log, database)
            async with database.connection() as connection:
                mine = LetterFilter(agent=f"notes.g{replay.generation}", state="open")
                (letter,) = await page(connection, mine, limit=9)
        assert (letter.topic, letter.key, letter.kind) == (topic, b"broken", "process")
        assert await dropped(database, LetterFilter(agent="notes"), reason="it is broken", by="test") == 2
        replay = await planned(ground, replays, target)
        await Runner(ground, replays).run(replay.id, target=target)
        await catch_up(log, database)
        async with database.connection() as connection:
            assert await open_counts(connection) == {}, "what was decided of it is decided for every generation"

    async def test_a_replay_that_retention_overtakes_fails_and_says_so(
        self, ground: Ground, replays: Replays, target: QuietNotes, log: EmbeddedLog, topic: str
    ) -> None:
        log.publish([note(topic, f"n{number}", 1) for number in range(30)])
        replay = await planned(ground, replays, target)
        log.create_topic(TopicConfig(topic, 3, 60.0))
        log.maintain(log.read(topic, 0, 0, 1)[0].timestamp + 3600)
        log.publish([note(topic, f"n{number}", 2) for number in range(30)])
        failed = await Runner(ground, replays).run(replay.id, target=target)
        assert failed.state == "failed"
        assert "retention has taken" in (failed.cause or "")
        assert target.given == []

    async def test_one_that_began_too_long_ago_may_have_missed_deletions(
        self,
        ground: Ground,
        replays: Replays,
        target: QuietNotes,
        log: EmbeddedLog,
        database: Database,
        topic: str,
    ) -> None:
        log.create_topic(TopicConfig(topic, 3, None, compacted=True, delete_retention_s=3600.0))
        log.publish([note(topic, f"n{number}", 1) for number in range(30)])
        replay = await planned(ground, replays, target)
        async with database.connection() as connection:
            await connection.execute("UPDATE replays SET started_at = now() - interval '40 minutes'")
        failed = await Runner(ground, replays).run(replay.id, target=target)
        assert failed.state == "failed"
        assert "it began 0.7 h ago" in (failed.cause or "")
        assert target.given == []

    async def test_one_that_was_asked_for_is_left_running_when_its_process_is_told_to_end(
        self, ground: Ground, replays: Replays, target: QuietNotes, database: Database
    ) -> None:
        replay, stop = await planned(ground, replays, target), asyncio.Event()
        async with database.transaction() as transaction:
            await replays.want(transaction, replay.id, "run")
            await replays.come_to(transaction, replay.id, "running")
        stop.set()
        left = await Runner(ground, replays).run(replay.id, stop, target)
        assert (left.state, left.wanted) == ("running", "run")
        after = await Runner(ground, replays).run(replay.id, target=target)
        assert (after.state, after.wanted) == ("following", None)

    async def test_what_a_broken_off_beginning_leaves_is_written_down(
        self, ground: Ground, replays: Replays, target: QuietNotes, database: Database
    ) -> None:
        replay = await planned(ground, replays, target)
        for step, place in (("create", ""), ("writing", "notes-2")):
            target.fails = step
            assert (await Runner(ground, replays).run(replay.id, target=target)).state == "failed"
            async with database.connection() as connection:
                second = (await generations.of(connection, "notes"))[1]
            assert (second.state, second.place) == ("filling", place)
