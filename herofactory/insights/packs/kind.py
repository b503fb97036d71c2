"""What is packed: the sums and sets of people that days have of terms, and of items."""

from __future__ import annotations

from dataclasses import dataclass

PARTS = 16
"""The names of a day are spread over so many rows, so that memory holds a small part of a long range. Changing it needs
all days merged anew."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    key: str
    """The column that names one of it."""
    sums: tuple[str, ...]
    sets: tuple[str, ...]
    """Columns of people."""

    @property
    def days(self) -> str:
        """Its table of whole days."""
        return f"{self.name}_days"


TERM = Kind("term", "term", ("searches", "empty", "clicked", "clicks"), ("people", "empty_people"))
ITEM = Kind("item", "item_id", ("views", "clicks"), ("people",))
