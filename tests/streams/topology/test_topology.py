"""The whole way of an item under random interleavings, repeats, crashes, outages, dead letters and redrives.

HERO_TOPOLOGY_CASES says how many walks (1,000 unless given, always the same; a walk is up to 40 steps), to 15 of which
comes one case of hypothesis. By hand, for example:
HERO_TOPOLOGY_CASES=50000 .venv/bin/pytest -q --timeout=0 tests/streams/topology/test_topology.py
"""

from __future__ import annotations

import os
from random import SystemRandom

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.streams.topology.machine import TopologyMachine
from tests.streams.topology.walk import MOST_STEPS, Walk

IS_BY_HAND = "HERO_TOPOLOGY_CASES" in os.environ
WALKS = int(os.environ.get("HERO_TOPOLOGY_CASES", "1000"))
CASES = max(1, WALKS // 15)
PROFILE = settings(
    max_examples=CASES,
    stateful_step_count=MOST_STEPS,
    deadline=None,
    derandomize=not IS_BY_HAND,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_promise_holds_on_every_walk() -> None:
    first = SystemRandom().getrandbits(48) if IS_BY_HAND else 0
    for seed in range(first, first + WALKS):
        failure = Walk.of(seed).failure()
        if failure:
            raise AssertionError(f"Walk.of({seed}) fails, shortened:\n{Walk.of(seed).shortened()}") from failure


def test_whatever_happens_on_the_way_of_an_item_every_promise_holds() -> None:
    run_state_machine_as_test(TopologyMachine, settings=PROFILE)
