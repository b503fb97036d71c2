"""The unit of work: an hour of a shard of one kind, in one generation."""

from __future__ import annotations

from collections.abc import Mapping
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


def place_of(row: Mapping[str, Any]) -> Place:
    """Of those columns."""
    return Place(row["generation"], row["kind"], int(row["hour"].timestamp()), row["shard"])


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
