"""What a run of a suite found. Holds places and counts, never values: what people searched for stays where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from herofactory.platform.events.quality import QualityChecked

REASONS_MAX = 20
"""Reasons that are stored and told; the pages have all of them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of one source."""

    source: str
    description: str
    expectation: str
    """Its name in Great Expectations, for example `expect_column_values_to_be_unique`."""
    met: bool
    rows: int
    """Rows that were looked at."""
    unexpected: int | None = None
    """Of these, those that are not as expected; None where the expectation is of all rows together."""
    places: tuple[str, ...] = ()
    """Where the first of them are."""
    problem: str | None = None
    """Why it could not be checked."""

    @property
    def reason(self) -> str:
        """What was not met, in words."""
        if self.problem:
            return f"{self.source}: could not check that {self.description}: {self.problem}"
        count = f"{self.unexpected} of " if self.unexpected is not None else ""
        places = f", first {self.places[0]}" if self.places else ""
        return f"{self.source}: not so: {self.description} ({count}{self.rows} rows{places})"


@dataclass(frozen=True, slots=True)
class SuiteResult:
    suite: str
    about: str
    started_at: datetime
    duration_ms: float
    rows: dict[str, int]
    """Rows looked at, by source; a source without any is not checked."""
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.met)

    @property
    def passed(self) -> bool:
        return not self.failed

    def event(self) -> QualityChecked:
        return QualityChecked(
            suite=self.suite,
            passed=self.passed,
            expectations=len(self.checks),
            failed=len(self.failed),
            reasons=tuple(check.reason for check in self.failed[:REASONS_MAX]),
            started_at=self.started_at.isoformat(),
            duration_ms=self.duration_ms,
        )
