"""What is wrong, each with the ids that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.chaos.ledger import Entry


@dataclass(slots=True)
class Problems:
    found: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        self.found.append(what)

    def extend(self, what: Iterable[str]) -> None:
        self.found += what

    def of(self, entry: Entry, what: str) -> None:
        """With what was done to the item."""
        self.add(f"{entry.draft.token} ({entry.id}) {what}; expected {entry.draft}; story: {entry.story}")
