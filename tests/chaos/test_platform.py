"""Everything is done to the running platform at once while its parts are killed, frozen, out of space and out of time.

HERO_CHAOS_SECONDS, HERO_CHAOS_SEED, HERO_CHAOS_FAULTS and HERO_CHAOS_PAUSE_S (options.py) make it longer, different or
wilder; a failure names the seed.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos import options
from tests.chaos.scene import scene
from tests.chaos.schedule import Strike, schedule

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600 + 10 * options.SECONDS)]

LINES = 15
"""New lines of the catalogue per fault."""


def test_whatever_fails_each_accepted_write_takes_effect_once_and_nothing_unapproved_is_ever_served(
    tmp_path: Path,
) -> None:
    print(f"\nseed {options.SEED}, {options.SECONDS:.0f} s of {', '.join(options.FAULTS)}")
    print("SKIPPED: jumps of PostgreSQL's clock (they need libfaketime); those of all other processes are done")
    done: Counter[str] = Counter()
    with scene(tmp_path) as acting:
        for strike in schedule(options.SEED, options.SECONDS, options.PAUSE_S, options.FAULTS):
            acting.catalogue.grow(LINES)
            time.sleep(strike.pause_s)
            struck = acting.faults.strike(strike)
            done[f"{strike.kind} {strike.victim}"] += struck
            print(f"{strike.kind} {strike.victim} {strike.amount:.1f}{'' if struck else ' (is not there)'}")
            acting.check_actors()
        check_struck(done)
        print(acting.finish(), dict(done))


def check_struck(done: Counter[str]) -> None:
    """By "kind victim": how often that was done. A victim that is down already is spared now and then."""
    assert done, f"{options.SECONDS} s are too short for any fault"
    kinds = Counter[str]()
    for strike, times in done.items():
        kinds[strike.partition(" ")[0]] += times
    assert all(kinds[kind] for kind in kinds), f"not every kind of fault struck anybody: {dict(done)}"
    spared = [strike for strike, times in done.items() if not times]
    assert 2 * len(spared) <= len(done), f"too few were struck: {dict(done)}"


def test_a_worker_that_stands_still_for_20_s_and_goes_on_loses_nothing_and_serves_nothing_wrong(
    tmp_path: Path,
) -> None:
    with scene(tmp_path) as acting:
        acting.catalogue.grow(4 * LINES)
        time.sleep(2)
        assert acting.faults.strike(Strike(0.0, "freeze", "worker", 20.0))
        acting.catalogue.grow(LINES)
        print(acting.finish())
