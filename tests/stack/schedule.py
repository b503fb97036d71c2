"""What goes wrong when, drawn from a seed: everything once in a random order, then again in another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

PAUSE_S = (0.3, 2.0)
"""Between two acts."""


@dataclass(frozen=True)
class Act:
    name: str
    run: Callable[[Random], None]
    """Begins the trouble and ends it."""


def play(acts: Sequence[Act], seed: int, seconds: float) -> list[str]:
    """What was done, in order: everything once however long that takes, and more for `seconds`."""
    random, began = Random(seed), time.monotonic()
    done: list[str] = []
    for act in _endless(acts, random):
        if time.monotonic() - began > seconds and len(done) >= len(acts):
            break
        done.append(f"{time.monotonic() - began:.1f} s {act.name}")
        act.run(random)
        time.sleep(random.uniform(*PAUSE_S))
    return done


def _endless(acts: Sequence[Act], random: Random) -> Iterator[Act]:
    while True:
        yield from random.sample(acts, len(acts))
