"""What must have been done before a run may end: one in which nobody did anything would find nothing wrong."""

from __future__ import annotations

import time
from collections import Counter

from tests.chaos.memory import Memory

LEAST = {
    "created": 10,
    "imported": 10,
    "changed": 5,
    "decided": 3,
    "deleted": 3,
    "jobs": 2,
    "prompts": 1,
    "wishes sent twice": 1,
    "searches answered": 20,
    "clicks": 2,
    "views": 2,
    "items shown": 50,
}
"""Some seconds of everybody's work where nothing is down."""
WITHIN_S = 120.0
"""Beyond the faults, for a machine that is busy with other work."""


def done(memory: Memory) -> Counter[str]:
    return memory.ledger.acts + Counter(
        {
            "jobs": len(memory.wishes.jobs),
            "prompts": len(memory.wishes.prompts),
            "wishes sent twice": memory.wishes.doubled,
            "searches answered": memory.visits.answered,
            "clicks": memory.visits.clicked.total(),
            "views": memory.visits.viewed.total(),
            "items shown": memory.ledger.shown,
        }
    )


def missing(memory: Memory) -> Counter[str]:
    """How much of what is still to be done."""
    return Counter(LEAST) - done(memory)


def wait_enough(memory: Memory, within_s: float = WITHIN_S) -> None:
    """Raises AssertionError naming what was not done."""
    deadline = time.monotonic() + within_s
    while left := missing(memory):
        assert time.monotonic() < deadline, f"too little was done to be checked, still missing: {dict(left)}"
        time.sleep(0.1)
