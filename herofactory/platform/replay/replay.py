"""A replay: from its plan to the day when what it replaced is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

State = Literal[
    "requested",  # over the API; the worker's child plans it
    "refused",  # by its plan, which says why
    "planned",
    "running",  # a runner fills the generation, or did until it was killed: run it again and it goes on
    "stopped",  # by `stop`; `run` goes on
    "failed",  # `cause` says why; `run` goes on
    "following",  # filled up to the live end; the worker keeps it there
    "verified",
    "differs",  # verified, and not equal
    "swapped",
    "rolled_back",
    "cleaned",  # the generation that is not in use is deleted; the end
]
Step = Literal["plan", "run", "stop", "verify", "swap", "rollback", "clean"]
STEPS: Mapping[Step, frozenset[State]] = {
    "plan": frozenset({"requested"}),
    "run": frozenset({"planned", "running", "stopped", "failed"}),
    "stop": frozenset({"running"}),
    "verify": frozenset({"following", "verified", "differs", "swapped", "rolled_back"}),
    "swap": frozenset({"following", "verified", "differs", "rolled_back"}),
    "rollback": frozenset({"swapped"}),
    "clean": frozenset(
        {
            "requested",
            "refused",
            "planned",
            "stopped",
            "failed",
            "following",
            "verified",
            "differs",
            "swapped",
            "rolled_back",
        }
    ),
}
"""From which states a step may be asked for."""


@dataclass(frozen=True, slots=True)
class Replay:
    id: UUID
    target: str
    generation: int
    """That it fills; 0 until it is planned."""
    replaced: int | None
    """The generation that was in use before this one was swapped in: what `rollback` goes back to."""
    plan: Mapping[str, Any]
    """`Plan.to_json`; of one that is not planned yet what was asked for, as `streams.replay.request.Request`."""
    state: State
    wanted: Step | None
    """Asked for over the API, for the worker to start."""
    forced: bool
    """What is wanted is to be done although something speaks against it."""
    done: int
    """Records dealt with."""
    total: int
    """Records in all, by the plan."""
    cause: str | None
    verification: Mapping[str, Any] | None
    """`Verification.to_json` of the last one."""
    created_at: datetime
    updated_at: datetime

    def may(self, step: Step) -> bool:
        return self.state in STEPS[step]
