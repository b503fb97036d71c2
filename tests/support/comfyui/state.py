"""What the fake remembers: the queue and history of a process's life, and files, which survive it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any


@dataclass(order=True)
class Queued:
    number: float
    prompt_id: str
    graph: dict[str, Any] = field(compare=False)
    outputs: tuple[str, ...] = field(compare=False)
    client_id: str | None = field(compare=False, default=None)

    def row(self) -> list[Any]:
        return [self.number, self.prompt_id, self.graph, {"client_id": self.client_id}, list(self.outputs)]


@dataclass
class Files:
    inputs: dict[str, bytes] = field(default_factory=dict)
    outputs: dict[str, bytes] = field(default_factory=dict)
    """By subfolder/name."""


@dataclass
class Memory:
    pending: list[Queued] = field(default_factory=list)
    """A heap, shown as it lies."""
    running: Queued | None = None
    node: str | None = None
    """That runs."""
    history: dict[str, dict[str, Any]] = field(default_factory=dict)
    cached: dict[str, Any] = field(default_factory=dict)
    """What the nodes of the last job made, by all that went into them."""
    count: int = 0
    interrupted: bool = False

    @property
    def remaining(self) -> int:
        return len(self.pending) + (self.running is not None)

    def push(self, job: Queued) -> None:
        heapq.heappush(self.pending, job)

    def pop(self) -> Queued:
        return heapq.heappop(self.pending)

    def delete(self, prompt_id: str) -> None:
        self.pending = [each for each in self.pending if each.prompt_id != prompt_id]
        heapq.heapify(self.pending)
