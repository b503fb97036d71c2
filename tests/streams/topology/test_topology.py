"""The whole way of an item under random interleavings, repeats, crashes, outages, dead letters and redrives.

HERO_TOPOLOGY_CASES says how many cases (200 unless given; a case is up to 40 steps). By hand, for example:
HERO_TOPOLOGY_CASES=20000 .venv/bin/pytest -q tests/streams/topology
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.streams.topology.machine import TopologyMachine

CASES = int(os.environ.get("HERO_TOPOLOGY_CASES", "200"))
PROFILE = settings(
    max_examples=CASES,
    stateful_step_count=40,
    deadline=None,
    derandomize="HERO_TOPOLOGY_CASES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_happens_on_the_way_of_an_item_every_promise_holds() -> None:
    run_state_machine_as_test(TopologyMachine, settings=PROFILE)
