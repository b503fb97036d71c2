"""The checker is checked: bugs that break a promise each are planted into a running platform, and each is caught.

What is planted, and how, is in inside/. That nothing is reported without a bug is what test_platform.py shows.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.inside.bugs import BUGS
from tests.chaos.scene import scene
from tests.chaos.schedule import Strike

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

LINES = 20
ROUNDS = 4
"""Each changes what those before it have brought in."""
PAUSE_S = 2.0
"""Time enough for a round to be found before the next."""
KILLS = 2
NO_FURTHER_S = 12.0
"""What is lost never comes; longer than a worker takes to get its partitions back."""
KILLED = ("ack before effect", "lost rebalance")
"""Bugs that show when a worker is killed at work."""
SEEN = {
    "ack before effect": "has 0 verdicts",
    "lost rebalance": "has 0 verdicts",
    "stale overwrite": "its word and price find (0, [])",
    "resurrected delete": "are approved",
    "double pay": "is there, but was asked for by no call of its own",
    "count by hit": "insights say (people, times)",
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught_and_named(bug: str, tmp_path: Path) -> None:
    with scene(tmp_path, {"HERO_CHAOS_BUG": bug}) as acting:
        for number in range(ROUNDS):
            acting.catalogue.grow(LINES)
            time.sleep(PAUSE_S)
            if bug in KILLED and number < KILLS:
                acting.faults.strike(Strike(0.0, "kill", "worker", 0.0))
        with suppress(AssertionError):
            acting.settle(NO_FURTHER_S)
        problems = acting.problems()
        acting.prober.finish()
    print(f"{bug}: {len(problems)} problems, such as", *problems[:2], sep="\n")
    assert any(SEEN[bug] in each for each in problems), problems
