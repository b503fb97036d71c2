"""What every measurement is reported as."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `target` is an upper bound in the same unit; None: measured for comparison only."""

    name: str
    measured: float
    unit: str
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """Measured to target: at most 1 is as wanted."""
        return self.measured / self.target if self.target else None


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds, each a value that was really measured."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000, 2)

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0), "n": len(ordered)}


def machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": sys.platform,
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def table(figures: Sequence[Figure]) -> str:
    rows = [("", "target", "measured", "measured / target")]
    for each in figures:
        target = "" if each.target is None else f"<= {each.target:g} {each.unit}"
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}{'' if each.ratio <= 1 else '  missed'}"
        rows.append((each.name, target, f"{each.measured:,.1f} {each.unit}", ratio))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows
    )
