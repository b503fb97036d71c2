"""A replay of the figures of searches, planned and run as the command line does; then its figures are made.

python -m bench.replay_parts.insights_replay DSN DATA
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from bench.replay_parts.ground import opened
from herofactory.platform.outbox import Outbox
from herofactory.platform.replay.store import Replays
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.process import step_back
from streams.replay.registry import open_target
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.topics import ACCESS_LOG

TARGET = "insights"


async def main(dsn: str, data: str) -> None:
    async with opened(dsn, data, [ACCESS_LOG]) as ground:
        print(json.dumps(await _replayed(ground)), flush=True)


async def _replayed(ground: Ground) -> dict[str, Any]:
    replays, target = Replays(Outbox(ground.codec)), open_target(TARGET, ground)
    planner = Planner(ground, replays)
    plan = await planner.draft(Request(target=TARGET), target)
    assert not plan.refusals, plan.refusals
    replay = await planner.save(plan, target)
    step_back()
    began, busy = time.perf_counter(), time.process_time()
    done = await Runner(ground, replays).run(replay.id)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    assert done.state == "following", done
    began = time.perf_counter()
    while not await target.settled(done.generation):
        await ground.clock.sleep(0.5)
    return {
        "events": done.done,
        "seconds": round(seconds, 3),
        "cpu_s": round(busy, 3),
        "planned_s": plan.estimate_s and round(plan.estimate_s, 1),
        "figures_s": round(time.perf_counter() - began, 2),
    }


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
