"""What was asked of the studio and acknowledged: pictures and prompts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Job:
    id: str
    size: int
    """Pixels along each side of the picture that was promised."""
    cancelled: str = ""
    """The state that a cancellation was answered with; empty where none was asked for."""


@dataclass(slots=True)
class Wishes:
    """Of one owner. One thread writes it, and it is read once that has ended."""

    owner: str
    jobs: dict[str, Job] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    """Id to the text that was wished for."""
    doubled: int = 0
    """Wishes that were sent again after they were acknowledged."""
