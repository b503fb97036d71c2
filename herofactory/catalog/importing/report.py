"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ImportReport:
    total: int = 0
    """Lines of the file that are not blank (without a CSV's header)."""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def done(self) -> int:
        return self.created + self.changed + self.unchanged + self.rejected
