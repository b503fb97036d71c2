"""A wish and what became of it, as its owner sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from herofactory.studio.prompts.optimised import Optimised, State


@dataclass(frozen=True, slots=True)
class Prompt:
    id: UUID
    owner_id: str
    text: str
    sketch_id: UUID | None
    preset: str | None
    state: State
    created_at: datetime
    decided_at: datetime | None = None
    optimised: Optimised | None = None
    """None while it is worked on."""


class PromptNotFound(LookupError):
    """No such prompt, or somebody else's."""
