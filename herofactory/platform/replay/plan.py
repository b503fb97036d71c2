"""What a replay will read and do; printed, stored, and carried out unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from herofactory.platform.replay.target import Cost


@dataclass(frozen=True, slots=True)
class Span:
    """Of one partition."""

    topic: str
    partition: int
    start: int
    """Offset of the first record (inclusive)."""
    end: int
    """Offset after the last record (exclusive). Where `Plan.complete`, the runner goes on beyond it to the live end."""
    records: int
    """Held in it: fewer than end - start where the topic is compacted. Estimated from a sample where it is large."""
    bytes: int
    """Of keys and values, estimated from a sample."""
    gap: int = 0
    """Records before `start` that were asked for and that retention has taken."""


@dataclass(frozen=True, slots=True)
class Plan:
    target: str
    generation: int
    source: Literal["topics", "database"]
    """database: a snapshot of PostgreSQL first, then the topics from where they ended before it."""
    spans: Sequence[Span]
    filter: str | None = None
    """As `filter.py` reads it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the target, for example `{"policy": "2026-12"}`."""
    complete: bool = True
    """From the earliest to the live end, unfiltered: only such a generation may be swapped in without force."""
    rows: int = 0
    """That a snapshot of the database copies, about."""
    rate: float | None = None
    """Most records per second; None is as fast as the ceiling lets it."""
    max_lag_s: float = 1.0
    """The runner waits while a live agent is this far behind."""
    estimate_s: float | None = 0.0
    """From the sample below; None where that says nothing."""
    sampled: int = 0
    """Records the estimate was measured on."""
    cost: Cost = field(default_factory=Cost)
    accept_gap: bool = False
    """What retention has taken, or takes while the replay runs, is gone; asked for in so many words."""
    warnings: Sequence[str] = ()
    refusals: Sequence[str] = ()
    """Why it may not be run; empty where it may."""

    @property
    def records(self) -> int:
        """And rows: what the replay deals with in all."""
        return self.rows + sum(span.records for span in self.spans)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "records": self.records}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Plan:
        known = {name: value for name, value in found.items() if name in cls.__dataclass_fields__}
        known["spans"] = tuple(Span(**span) for span in found["spans"])
        known["cost"] = Cost(**found["cost"])
        known.update({name: tuple(known.get(name, ())) for name in ("warnings", "refusals")})
        return cls(**known)
