"""What replays tell. Field meanings stand in `schemas/avro/replay.changed.avsc`."""

from __future__ import annotations

from dataclasses import dataclass

from herofactory.platform.events.base import Event, event


@event("replay.changed")
@dataclass(frozen=True, slots=True)
class ReplayChanged(Event):
    replay_id: str
    target: str
    generation: int
    state: str
    done: int
    total: int
    cause: str | None = None

    @property
    def key(self) -> str:
        return self.replay_id
