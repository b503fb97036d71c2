"""One bar for a job of several passes.

Each sampler counts from 1 anew, and some nodes say nothing at all: every node has a weight, the bar is the weight of
what is done, and it never falls, whatever is repeated, late or left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfy_bridge.messages import Event

SENT = 1.0
"""Percent from the moment a server has the job."""
MOST = 99.0
"""Percent until the pictures are here."""


class Progress:
    def __init__(self, weights: Mapping[str, float], stages: Mapping[str, str]) -> None:
        """`weights` of every node of the graph that counts; `stages`: what to call the time in a node."""
        self._weights = weights
        self._stages = stages
        self._total = sum(weights.values()) or 1.0
        self._parts: dict[str, float] = {}
        self._node: str | None = None
        self.stage = "queued"
        self.percent = 0.0

    def sent(self) -> None:
        self._raise(SENT)

    def started(self) -> None:
        if self.stage == "queued":
            self.stage = "preparing"
        self._raise(SENT)

    def take(self, event: Event) -> bool:
        """Whether the bar moved or the stage changed. Events of other jobs must not come here."""
        before = (self.stage, self.percent)
        self.started()
        match event.type:
            case "executing":
                self._enter(event.data.get("node"))
            case "execution_cached":
                self._cached(event.data.get("nodes"))
            case "progress":
                self._step(str(event.data.get("node") or self._node), event.data)
            case "progress_state":
                self._state(event.data.get("nodes"))
            case "executed":
                self._set(str(event.data.get("node")), 1.0)
        self._raise(SENT + (MOST - SENT) * self._done())
        return (self.stage, self.percent) != before

    def _enter(self, node: Any) -> None:
        if self._node is not None and node != self._node:
            self._set(self._node, 1.0)
        self._node = node if isinstance(node, str) else None
        if self._node is not None:
            self._name(self._node)

    def _cached(self, nodes: Any) -> None:
        for node in nodes if isinstance(nodes, list) else ():
            self._set(str(node), 1.0)

    def _state(self, nodes: Any) -> None:
        for node, state in (nodes if isinstance(nodes, dict) else {}).items():
            if not isinstance(state, dict):
                continue
            if state.get("state") == "finished":
                self._set(node, 1.0)
            elif state.get("state") == "running":
                self._step(node, state)

    def _step(self, node: str, step: Mapping[str, Any]) -> None:
        value, most = step.get("value"), step.get("max")
        if isinstance(value, int | float) and isinstance(most, int | float) and most > 0:
            self._set(node, value / most)
        self._name(node)

    def _set(self, node: str, part: float) -> None:
        self._parts[node] = max(self._parts.get(node, 0.0), min(part, 1.0))

    def _name(self, node: str) -> None:
        self.stage = self._stages.get(node, self.stage)

    def _done(self) -> float:
        return sum(self._weights.get(node, 0.0) * part for node, part in self._parts.items()) / self._total

    def _raise(self, percent: float) -> None:
        self.percent = max(self.percent, min(percent, MOST))
