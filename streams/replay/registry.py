"""Which targets there are. Their modules are loaded when one is asked for: some are heavy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from herofactory.platform.replay.generations import FIRST
from herofactory.platform.replay.target import BUDGET, Configurable, ReplayRefused, Target
from streams.groups import group_of
from streams.replay.ground import Ground
from streams.topics import AGENTS as ALL_AGENTS

TARGETS: Mapping[str, str] = {
    "search-index": "streams.replay.targets.search_index",
    "insights": "streams.replay.targets.insights",
    "similar-items": "streams.replay.targets.similar_items",
    "generation-figures": "streams.replay.targets.generation_figures",
    "moderation": "streams.replay.targets.moderation",
}
"""Name to module; each has `make(ground) -> Target`."""
AGENTS = "agent:"
"""`agent:<name>`: what one agent makes, where its definition says that it may be replayed."""
SERIES = ".agent"
"""In the labels of generations of one agent: it may also make a target, whose generations count from 2 as well."""
_AGENTS_MODULE = "streams.replay.targets.agent"
"""Has `make(ground, name) -> Target`, which raises ReplayRefused, and `names(ground) -> Sequence[str]`."""


def configured(target: Target, options: Mapping[str, Any]) -> Target:
    """As the options of a plan want it. Raises ReplayRefused for those that it does not know."""
    if isinstance(target, Configurable):
        return target.under(options)
    if unknown := [name for name in options if name != BUDGET]:
        raise ReplayRefused(f"{target.name} has no options: {', '.join(unknown)} would change nothing; leave them out")
    return target


def open_target(name: str, ground: Ground) -> Target:
    """Raises ReplayRefused for one that does not exist or cannot be replayed."""
    target: Target
    if name.startswith(AGENTS):
        target = import_module(_AGENTS_MODULE).make(ground, name.removeprefix(AGENTS))
        return target
    if name not in TARGETS:
        known = ", ".join((*TARGETS, f"{AGENTS}<name>"))
        raise ReplayRefused(f"there is no replay target {name!r}; there are: {known}")
    make: Callable[[Ground], Target] = import_module(TARGETS[name]).make
    return make(ground)


def names(ground: Ground) -> Sequence[str]:
    agents: Sequence[str] = import_module(_AGENTS_MODULE).names(ground)
    return (*TARGETS, *(f"{AGENTS}{name}" for name in agents))


_NOT_ALONE = frozenset({"indexing", "bridge"})
"""Agents that are not replayed by themselves: the index has to be open for the one, the other drives jobs."""
NAMES: Sequence[str] = (*TARGETS, *(f"{AGENTS}{name}" for name in ALL_AGENTS if name not in _NOT_ALONE))
"""As `names` says, without making an agent."""
MADE_BY: Mapping[str, tuple[str, ...]] = {
    "search-index": ("indexing",),
    "insights": ("insights", "traffic"),
    "similar-items": ("similarity",),
    "generation-figures": ("generation-figures",),
    "moderation": ("moderation",),
}
"""Names of the agents that make it, in every generation; known without opening it."""


def made_by(target: str) -> tuple[str, ...]:
    """Empty for a target that this version does not know, and for `agent:<name>`: what a replay of one agent found is
    published once, and the live agent goes on."""
    return MADE_BY.get(target, ())


def groups_of(target: str, generation: int) -> Sequence[str]:
    """The consumer groups that fill and follow that generation; those of the first are the live agents'."""
    return [group_of(label) for label in labels_of(target, generation)]


def labels_of(target: str, generation: int) -> Sequence[str]:
    """Of the agents that make that generation."""
    one = target.startswith(AGENTS)
    names = (target.removeprefix(AGENTS),) if one else made_by(target)
    suffix = "" if generation == FIRST else f"{SERIES if one else ''}.g{generation}"
    return [name + suffix for name in names]
