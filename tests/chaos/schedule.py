"""Which fault strikes whom, when and for how long: all drawn from the seed before anything runs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FROZEN_S = (1.0, 20.0)
"""Mostly short. At most twice the session timeout: the others are told that it is dead while it is not."""
FULL_S = (1.0, 5.0)
OFF_S = (-120.0, 120.0)
"""By how much clocks may be off. An event is refused that is 300 s ahead of the log's clock."""
VICTIMS = {
    "kill": ("worker", "relay", "api", "postgres", "backend", "bridge", "importer", "supervisor") * 3,
    "freeze": ("worker", "relay", "api", "bridge", "postgres"),
    "clock": ("all clocks",) * 2,
    "disk": ("relay", "worker", "api", "bridge"),
}


@dataclass(frozen=True, slots=True)
class Strike:
    pause_s: float
    """Before it."""
    kind: str
    victim: str
    amount: float
    """How long it stays frozen or full; by how many seconds clocks are off afterwards."""


def schedule(seed: int, seconds: float, pause_s: tuple[float, float], kinds: Sequence[str]) -> Iterator[Strike]:
    """Until the pauses and lengths add up to `seconds`. Each victim comes once before any comes again."""
    rng = random.Random(seed)
    every = [(kind, victim) for kind in kinds for victim in VICTIMS[kind]]
    left = seconds
    while True:
        for kind, victim in rng.sample(every, len(every)):
            strike = Strike(rng.uniform(*pause_s), kind, victim, _amount(rng, kind))
            left -= strike.pause_s + (strike.amount if kind in ("freeze", "disk") else 0.0)
            if left < 0:
                return
            yield strike


def _amount(rng: random.Random, kind: str) -> float:
    ranges = {"kill": (0.0, 0.0), "freeze": FROZEN_S, "clock": OFF_S, "disk": FULL_S}
    least, most = ranges[kind]
    return rng.triangular(least, most, least) if kind == "freeze" else rng.uniform(least, most)
