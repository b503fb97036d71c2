"""What somebody asks a replay for, before it is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from herofactory.platform.replay.target import BUDGET, Effects, ReplayRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    target: str
    start: str = "earliest"
    """`earliest`, an offset (of every partition), or a time as ISO 8601 (UTC without a zone): when the log took it."""
    end: str = "latest"
    """`latest`, an offset or a time; exclusive."""
    filter: str | None = None
    """As `herofactory.platform.replay.filter` reads it."""
    source: Literal["topics", "database"] = "topics"
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the target."""
    rate: float | None = None
    """Most records per second."""
    max_lag_s: float = 1.0
    """The replay waits while a live agent is further behind."""
    accept_gap: bool = False
    """What retention has taken may be missing."""
    max_calls: int = 0
    """The budget: most calls of external services, for what no stored result answers."""
    max_micro_usd: int = 0
    """And most money for them."""
    generation: int | None = None
    """One that does not exist yet; None is the next."""

    def of_effects(self, effects: Effects) -> Request:
        """One budget, wherever it was stated: for the plan as `max_calls`, for the target as the option `budget_calls`.

        Raises ReplayRefused for a budget that is no number.
        """
        if effects != "external":
            return self
        stated = str(self.options.get(BUDGET, self.max_calls))
        if not stated.isdecimal():
            raise ReplayRefused(f"{BUDGET} = {stated!r}: a number of calls")
        return replace(self, max_calls=int(stated), options={**self.options, BUDGET: int(stated)})
