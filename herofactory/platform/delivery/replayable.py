"""What an agent says of itself so that it may be replayed: one line in its declaration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Effects = Literal["none", "own tables", "external"]
"""What handling a record changes. none: only its outputs. own tables: rows keyed by event id or guarded by a revision,
so that handling it again changes nothing. external: somebody else's service, which is asked only for what no stored
result answers."""
Answered = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]
"""Those of the events, by id, whose stored result answers a repeat."""


@dataclass(frozen=True, slots=True)
class Replayable:
    effects: Effects
    answered: Answered | None = None
    """Of `external` alone: without stored results a replay would pay again."""

    def __post_init__(self) -> None:
        if (self.effects == "external") != (self.answered is not None):
            raise ValueError(f"effects {self.effects!r}: stored results belong to 'external', and to it alone")


NO_EFFECTS = Replayable("none")
OWN_TABLES = Replayable("own tables")


def external(answered: Answered) -> Replayable:
    return Replayable("external", answered)
