"""A dead letter as the table knows it; its value and headers lie in `dead.<agent>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX, UNKNOWN, DeadClass
from herofactory.platform.delivery.letters.filter import State
from herofactory.platform.delivery.origin import agent_of
from herofactory.platform.delivery.redriven import RETRY_PREFIX
from herofactory.platform.eventlog.port import Position


@dataclass(frozen=True, slots=True)
class Letter:
    id: int
    """The order in which letters were written, per agent."""
    agent: str
    """The label of the generation that set it aside."""
    topic: str
    partition: int
    offset: int
    kind: DeadClass
    cause: str
    message: str
    key: bytes | None
    event_id: str | None
    attempts: int
    """Of all redrives together."""
    ordered: bool
    redriven: int
    state: State
    """open: waits for a decision. redriven: back with its agent, open again if it fails there. dropped: for good."""
    first_at: datetime
    at: datetime
    """When it failed last."""
    held_in: int
    held_at: int
    """Partition and offset of its newest record in `dead_topic`."""
    reason: str | None
    """Why it was dropped."""
    decided_by: str | None
    """Who redrove or dropped it last, and when."""
    decided_at: datetime | None

    @property
    def name(self) -> str:
        return f"{self.agent}:{self.topic}:{self.partition}:{self.offset}"

    @property
    def dead_topic(self) -> str:
        return DEAD_PREFIX + agent_of(self.agent)

    @property
    def retry_topic(self) -> str:
        return RETRY_PREFIX + agent_of(self.agent)

    @property
    def position(self) -> Position:
        """Of the original."""
        return Position(self.topic, self.partition, self.offset)

    @property
    def is_foreign(self) -> bool:
        """No agent wrote it, so there is no original to give back."""
        return self.cause == UNKNOWN

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        key = row["key"]
        return cls(**{**row, "key": None if key is None else bytes(key)})


COLUMNS = ", ".join(
    {"kind": "class AS kind", "offset": '"offset"', "partition": "partition"}.get(field.name, field.name)
    for field in fields(Letter)
)
