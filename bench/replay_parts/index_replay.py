"""A replay of the search index, planned and run as the command line does.

python -m bench.replay_parts.index_replay DSN DATA topics|database
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, Literal, cast

from bench.replay_parts.ground import opened
from herofactory.platform.outbox import Outbox
from herofactory.platform.replay.store import Replays
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.registry import open_target
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.topics import ITEM_MIRRORED


async def main(dsn: str, data: str, source: str) -> None:
    async with opened(dsn, data, [ITEM_MIRRORED]) as ground:
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
