"""Replays beside live load, killed in their middle together with the worker: what they made is served as before."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.chaos.options import SEED
from tests.chaos.scene import scene
from tests.chaos.schedule import Strike

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

LINES = 60
RATES = {"search-index": "15", "insights": "200"}
"""Records per second of each target: slow enough to be killed at work, faster than what comes meanwhile."""
MAX_LAG_S = "300"
"""The load here never pauses, and on a busy machine live agents are seconds behind all the time."""
SETTINGS = {"HERO_SESSION_TIMEOUT_S": "4"}
"""The partitions of a killed worker are taken over sooner than usual."""
KILLS = 2
AFTER_S = (2.0, 4.0)


def test_a_replay_that_is_killed_goes_on_and_its_result_can_be_swapped_in_and_back(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    with scene(tmp_path, SETTINGS) as acting:
        hero = acting.platform.hero
        acting.catalogue.grow(LINES)
        time.sleep(4)
        for target, rate in RATES.items():
            hero("replay", "plan", target, "--rate", rate, "--max-lag", MAX_LAG_S)
            for _ in range(KILLS):
                run = acting.platform.begin("replay", "run", target)
                acting.catalogue.grow(LINES // 4)
                time.sleep(rng.uniform(*AFTER_S))
                assert run.poll() is None, f"the run of {target} was over before it was killed: {run.communicate()}"
                run.kill()
                run.communicate()
                assert acting.faults.strike(Strike(0.0, "kill", "worker", 0.0))
            hero("replay", "run", target, within_s=240)
        acting.settle()
        for target in RATES:
            hero("replay", "verify", target, within_s=240)
            hero("replay", "swap", target)
        assert acting.problems() == []
        for target in RATES:
            hero("replay", "rollback", target)
        assert acting.problems() == []
        print(acting.told())
