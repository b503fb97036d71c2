"""The checker waits for what is kept at the live end, and for nothing else."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.chaos.check.evidence import Evidence
from tests.chaos.check.quiet import TARGETS, WRITES, _groups

FIRST, SECOND, THIRD = (f"herofactory.insights{suffix}" for suffix in ("", ".g2", ".g3"))


class Rows:
    """Of generations, and a log in which all of them have groups."""

    def __init__(self, states: dict[int, str]) -> None:
        self._states = states
        self.log = self

    def rows(self, _: str, target: str | None) -> list[dict[str, Any]]:
        return [{"generation": number, "state": state} for number, state in self._states.items() if target]

    def groups(self, agent: str) -> list[str]:
        return [f"herofactory.{agent}{suffix}" for suffix in ("", ".g2", ".g3")]


@pytest.mark.parametrize(
    ("states", "waited"),
    [
        ({1: "following", 2: "following", 3: "filling"}, [FIRST, SECOND]),
        ({2: "following", 3: "dropping"}, [SECOND]),
        ({}, [FIRST, SECOND, THIRD]),
    ],
)
def test_generations_that_nobody_follows_are_left_out(states: dict[int, str], waited: list[str]) -> None:
    assert _groups(cast(Evidence, Rows(states)), "insights") == waited


def test_agents_without_generations_are_always_waited_for() -> None:
    assert len(_groups(cast(Evidence, Rows({1: "filling"})), "listing")) == 3


def test_every_target_has_an_agent_that_is_waited_for() -> None:
    assert TARGETS.keys() - {"insights"} <= WRITES.keys()
