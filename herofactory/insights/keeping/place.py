"""The unit of work: an hour of a shard of one kind, in one generation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from herofactory.insights.observation import Kind


class Place(NamedTuple):
    generation: int
    kind: Kind
    hour: int
    """Its start, seconds since the epoch."""
    shard: int

    @property
    def key(self) -> tuple[Any, ...]:
        """As the tables' columns (generation, kind, hour, shard)."""
        return (self.generation, self.kind, moment(self.hour), self.shard)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
