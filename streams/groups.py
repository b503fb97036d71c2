"""Names of consumer groups."""

from __future__ import annotations

GROUP_PREFIX = "herofactory."


def group_of(agent: str) -> str:
    """The consumer group of an agent, by its label."""
    return GROUP_PREFIX + agent
