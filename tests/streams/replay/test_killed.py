"""A runner that is killed, or told to stop, is gone on with by the next."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.settings import Settings
from streams.replay.planner import Planner
from streams.replay.request import Request
from streams.replay.runner import Runner
from tests.support.replay_ground import QuietNotes, ground_of
from tests.support.replaying import TOPIC, note

pytestmark = pytest.mark.anyio
NOTES = 200


@asynccontextmanager
async def process(dsn: str, log: EmbeddedLog, replay: Replay) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.replay_process", dsn, str(log.folder), str(replay.id)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def has_done(running: asyncio.subprocess.Process, records: int) -> None:
    assert running.stdout is not None
    async with asyncio.timeout(30):
        while int(await running.stdout.readline()) < records:
            pass


async def test_killed_it_goes_on_where_it_was_and_told_to_stop_it_does(
    settings: Settings, database: Database, dsn: str, notes_log: EmbeddedLog, codec: EventCodec
) -> None:
    ground, replays, target = (
        ground_of(settings, database, notes_log, codec),
        Replays(Outbox(codec)),
        QuietNotes(database),
    )
    await target.set_up()
    notes_log.publish([note(f"n{number}", 1) for number in range(NOTES)])
    planner = Planner(ground, replays)
    replay = await planner.save(await planner.draft(Request(target="notes"), target), target)

    async with process(dsn, notes_log, replay) as running:
        await has_done(running, 30)
        running.kill()
    async with database.connection() as connection:
        left = await replays.get(connection, replay.id)
    killed_at = sum(notes_log.committed("herofactory.notes.g2", TOPIC).values())
    assert left.state == "running"
    assert 30 <= killed_at < NOTES

    async with process(dsn, notes_log, replay) as running:
        await has_done(running, killed_at + 20)
        running.send_signal(signal.SIGTERM)
        assert running.stdout is not None
        assert (await running.stdout.read()).decode().splitlines()[-1] == "stopped"
    stopped_at = sum(notes_log.committed("herofactory.notes.g2", TOPIC).values())
    assert killed_at + 20 <= stopped_at < NOTES

    ended = await Runner(ground, replays).run(replay.id, target=target)
    assert ended.state == "following"
    assert len(target.given) == NOTES - stopped_at
    rows = await database.fetch("SELECT id FROM notes WHERE generation = 2")
    assert len(rows) == NOTES
