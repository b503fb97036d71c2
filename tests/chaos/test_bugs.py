"""The checker is checked: bugs that break a promise each are planted into a running platform, and each is caught.

What is planted, and how, is in inside/. That nothing is reported without a bug is what test_platform.py shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.inside.bugs import BUGS
from tests.chaos.scene import Scene, scene
from tests.chaos.schedule import Strike

LINES = 20
ROUNDS = 3
"""Each changes what those before it have brought in."""
KILLS = 2
WITHIN_S = 90.0
"""For one round, on a machine that is busy with other work."""
NO_FURTHER_S = 12.0
"""What is lost never comes; longer than a worker takes to get its partitions back."""
SETTINGS = {"HERO_SESSION_TIMEOUT_S": "4"}
"""The partitions of a killed worker are taken over sooner than usual."""
SEEN = {
    "ack before effect": "has 0 verdicts",
    "lost rebalance": "has 0 verdicts",
    "stale overwrite": "its word and price find (0, [])",
    "resurrected delete": "are approved",
    "double pay": "is there, but was asked for by no call of its own",
    "count by hit": "insights say (people, times)",
}
KILLED = (("ack before effect", "double pay"), ("lost rebalance",))
"""Bugs of one platform are about different parts, and none causes what another is known by. These show when a worker is
killed at work: what is lost is never told, so nobody waits for figures."""
ALIVE = (("stale overwrite", "count by hit"), ("resurrected delete",))


def test_every_bug_is_planted() -> None:
    assert sorted(bug for bugs in (*KILLED, *ALIVE) for bug in bugs) == sorted(BUGS) == sorted(SEEN)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bugs", KILLED, ids=" and ".join)
def test_bugs_planted_into_a_platform_whose_worker_is_killed_are_caught_and_named(
    bugs: Sequence[str], tmp_path: Path
) -> None:
    with scene(tmp_path, {**SETTINGS, "HERO_CHAOS_BUG": ",".join(bugs)}) as acting:
        for _ in range(KILLS):
            acting.catalogue.grow(LINES)
            kill_at_work(acting)
        with suppress(AssertionError):
            acting.settle_written(NO_FURTHER_S)
        check_named(acting, bugs)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bugs", ALIVE, ids=" and ".join)
def test_bugs_planted_into_a_platform_at_work_are_caught_and_named(bugs: Sequence[str], tmp_path: Path) -> None:
    with scene(tmp_path, {**SETTINGS, "HERO_CHAOS_BUG": ",".join(bugs)}) as acting:
        for number in range(ROUNDS):
            acting.catalogue.grow(LINES)
            until_found(acting, LINES * (number + 1))
        acting.settle()
        check_named(acting, bugs)


def kill_at_work(acting: Scene) -> None:
    """Right after the worker has said that it is done with something: nobody will ask for that again."""
    log = acting.evidence.log
    before = log.committed("herofactory.moderation")
    until(lambda: log.committed("herofactory.moderation") > before)
    assert acting.faults.strike(Strike(0.0, "kill", "worker", 0.0))


def until_found(acting: Scene, lines: int) -> None:
    """So many lines are imported, and the last of them is found: the next round changes what is there."""
    ledger = acting.memory.ledger
    until(lambda: ledger.acts["imported"] >= lines)
    last = [entry for entry in ledger.alive() if entry.id is None and entry.draft.listed][-1]
    with acting.evidence.http() as http:
        until(lambda: bool(http.get("/api/v1/search", params={"q": last.draft.token}).json()["items"]))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {WITHIN_S} s"
        time.sleep(0.05)


def check_named(acting: Scene, bugs: Sequence[str]) -> None:
    problems = acting.problems()
    acting.prober.finish()
    for bug in bugs:
        named = [each for each in problems if SEEN[bug] in each]
        print(f"{bug}: {len(named)} of {len(problems)} problems, such as", *named[:2], sep="\n")
        assert named, problems
