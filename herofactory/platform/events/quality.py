"""What checks of data quality found. Field meanings stand in `schemas/avro/quality.checked.avsc`."""

from __future__ import annotations

from dataclasses import dataclass

from herofactory.platform.events.base import Event, event


@event("quality.checked")
@dataclass(frozen=True, slots=True)
class QualityChecked(Event):
    suite: str
    passed: bool
    expectations: int
    failed: int
    reasons: tuple[str, ...]
    started_at: str
    duration_ms: float

    @property
    def key(self) -> str:
        return self.suite
