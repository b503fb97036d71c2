"""A replay of the search index, planned and run as the command line does.

python -m bench.replay_parts.index_replay DSN DATA topics|database
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import SecretStr

from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import TopicValues
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.store import Replays
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.registry import open_target
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.topics import ITEM_MIRRORED


async def main(dsn: str, data: str, source: str) -> None:
    codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    codec.register_all()
    settings = Settings(data=Path(data), database_url=SecretStr(dsn), _env_file=None)  # type: ignore[call-arg]
    async with Database(dsn) as database:
        with closing(EmbeddedLog(settings.folder / "log")) as log:
            ground = Ground(
                settings=settings,
                database=database,
                log=log,
                codec=codec,
                values=TopicValues(codec, [ITEM_MIRRORED]),
                clock=SystemClock(),
                metrics=NoMetrics(),
            )
            print(json.dumps(await _replayed(ground, cast(Literal["topics", "database"], source))))


async def _replayed(ground: Ground, source: Literal["topics", "database"]) -> dict[str, Any]:
    replays = Replays(Outbox(ground.codec))
    target = open_target("search-index", ground)
    planner = Planner(ground, replays)
    plan = await planner.draft(Request(target=target.name, source=source), target)
    replay = await planner.save(plan, target)
    began, worked = time.perf_counter(), time.process_time()
    done = await Runner(ground, replays).run(replay.id)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    assert done.state == "following", done
    place = f"v{done.generation}"
    began, items = time.perf_counter(), 0
    async for _ in target.entries(done.generation, place):
        items += 1
    compared = time.perf_counter() - began
    return {
        "events": items,
        "seconds": seconds,
        "cpu_s": round(cpu, 2),
        "planned_s": plan.estimate_s and round(plan.estimate_s, 1),
        "enumerated_s": round(compared, 2),
    }


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
