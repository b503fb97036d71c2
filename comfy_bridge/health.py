"""One look that tells a server that is down from one that lacks a model, is full or is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HealthState = Literal["ok", "down", "model_missing", "queue_full", "stuck"]
SERVING: frozenset[HealthState] = frozenset({"ok", "model_missing"})
"""States in which a server may be given a job; which presets it serves, `lacking` says."""


@dataclass(frozen=True, slots=True)
class Health:
    state: HealthState
    detail: str = ""
    """For operators: what is wrong and what to do. Holds no path of the server."""
    running: int = 0
    pending: int = 0
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By preset: the nodes and models that keep the server from serving it. Presets served are not in it."""
    version: str = ""
    device: str = ""

    @property
    def serving(self) -> bool:
        return self.state in SERVING
