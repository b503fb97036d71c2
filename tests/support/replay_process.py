"""A runner in a process of its own, to be killed: `python -m tests.support.replay_process DSN LOG_FOLDER REPLAY_ID`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.store import Replays
from herofactory.platform.settings import Settings
from streams.replay import run
from streams.replay.process import step_back, stop_on_signals
from streams.replay.runner import Runner
from tests.support.replay_ground import QuietNotes, ground_of

SLOW_S = 0.05
"""Of every chunk."""


class Slow(QuietNotes):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.records = 10

    async def store(self, generation: int, notes: object) -> None:
        await asyncio.sleep(SLOW_S)
        await super().store(generation, notes)  # type: ignore[arg-type]  # as they came


async def main(dsn: str, folder: str, replay_id: str) -> None:
    step_back()
    run.TOLD_EVERY_S = 0.05
    codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    codec.register_all()
    settings = Settings(data=Path(folder), database_url=SecretStr(dsn), _env_file=None)  # type: ignore[call-arg]
    stop = asyncio.Event()
    with closing(EmbeddedLog(folder, sync="OFF")) as log, stop_on_signals(stop):
        async with Database(dsn) as database:
            ground = ground_of(settings, database, log, codec)
            runner = Runner(
                ground, Replays(Outbox(codec)), on_progress=lambda progress: print(progress.done, flush=True)
            )
            ended = await runner.run(UUID(replay_id), stop, Slow(database))
    print(ended.state, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
