"""Whether anything is still on its way."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Mapping

import psycopg

from tests.chaos.check.evidence import Evidence

WRITES = {
    "moderation": ("item.created", "item.updated"),
    "listing": ("item.moderated",),
    "prompts": ("prompt.requested",),
    "indexing": ("item.mirrored",),
    "similarity": ("item.mirrored",),
    "generation-figures": ("generation.requested", "generation.completed", "generation.failed", "generation.cancelled"),
}
"""By agent, what it reads of what writes cause. Its effects are read by those after it only: nothing goes back."""
LOOKS = {"insights": ("search.query", "search.clicked", "item.viewed")}
"""The same of what people look at, the prober too."""
TARGETS = {
    "moderation": "moderation",
    "indexing": "search-index",
    "similarity": "similar-items",
    "generation-figures": "generation-figures",
    "insights": "insights",
}
"""By agent, what replays make generations of. Nobody waits for one that is being filled, or was stopped half way."""
_STATES = "SELECT generation, state FROM target_generations WHERE target = %s"
_WRITTEN = {
    "outbox": "SELECT count(*) FROM outbox",
    "jobs": "SELECT count(*) FROM generations WHERE state IN ('queued', 'running')",
}
_LOOKED = {
    "figures": """SELECT count(*) FROM observation_work WHERE kind = 'search' AND generation NOT IN
                  (SELECT generation FROM target_generations WHERE target = 'insights' AND state <> 'following')"""
}
STILL_S = 1.5
"""Observations wait in a spool for less than this before the log has them."""


Left = Mapping[str, int]


def wait_written(evidence: Evidence, within_s: float) -> float:
    """Until every write has had all its effects; returns the seconds that took.

    Raises AssertionError naming what is still under way. `within_s` bounds how long nothing gets any further: a slow
    machine is not a fault.
    """
    return _wait(lambda: _left(evidence, _WRITTEN, WRITES), within_s)


def wait_stored(evidence: Evidence, within_s: float) -> float:
    """The same, and until all that was looked at is stored. Nobody may look meanwhile."""

    def left() -> Left:
        written = sum(evidence.log.ends(*topics) for topics in LOOKS.values())
        found = _left(evidence, _WRITTEN, {**WRITES, **LOOKS})
        if any(found.values()):
            return found
        time.sleep(STILL_S)
        return {"new records": sum(evidence.log.ends(*topics) for topics in LOOKS.values()) - written}

    return _wait(left, within_s)


def wait_quiet(evidence: Evidence, within_s: float) -> float:
    """The same, and until all that is stored is counted."""
    return _wait(lambda: _left(evidence, {**_WRITTEN, **_LOOKED}, {**WRITES, **LOOKS}), within_s)


def _wait(left: Callable[[], Left], within_s: float) -> float:
    began = further = time.monotonic()
    least = sys.maxsize
    while found := {name: count for name, count in _answered(left).items() if count}:
        if sum(found.values()) < least:
            least, further = sum(found.values()), time.monotonic()
        assert time.monotonic() - further < within_s, f"no further for {within_s} s: {found}"
        time.sleep(0.2)
    return time.monotonic() - began


def _answered(left: Callable[[], Left]) -> Left:
    try:
        return left()
    except psycopg.OperationalError:
        return {"database": 1}
    except sqlite3.OperationalError:
        return {"log": 1}


def _left(evidence: Evidence, rows: Mapping[str, str], reads: Mapping[str, tuple[str, ...]]) -> Left:
    left = {name: int(evidence.rows(statement)[0]["count"]) for name, statement in rows.items()}
    for agent, topics in reads.items():
        for group in _groups(evidence, agent):
            left[f"lag of {group}"] = evidence.log.lag(group, topics)
    return left


def _groups(evidence: Evidence, agent: str) -> list[str]:
    """Of all that is kept at the live end."""
    states = {row["generation"]: row["state"] for row in evidence.rows(_STATES, TARGETS.get(agent))}
    groups = evidence.log.groups(agent)
    return [group for group in groups if not states or states.get(_generation(group, agent)) == "following"]


def _generation(group: str, agent: str) -> int:
    return int(group.removeprefix(f"herofactory.{agent}").removeprefix(".g") or 1)
