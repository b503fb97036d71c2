"""What the fake does besides working. Every one was seen on real servers; the defaults are a recent server's habits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Literal


@dataclass
class Traps:
    # 1: one invalid output of several is a 200 with errors; errors come in several shapes.
    refused_outputs: frozenset[str] = frozenset()
    """Output nodes that are found invalid."""
    node_errors: Literal["dict", "list"] = "dict"
    error: Literal["object", "string"] = "object"
    # 2: the end is announced before the history has it.
    late_history_s: float = 0.0
    """The job runs on so long, for all that /queue says."""
    gap_s: float = 0.0
    """And then is in neither place."""
    history_first: bool = False
    """The other order: the history has it, the announcement comes late."""
    # 4, 15: sockets.
    zombie_after: int | None = None
    """Messages after which a socket stays open and says nothing more."""
    hang_up_after: int | None = None
    """Messages after which a socket is closed."""
    refuse_sockets: bool = False
    noise: bool = True
    """Unknown messages and binary events among the others."""
    # 5: previews.
    previews: Literal["old", "new", "none"] = "new"
    """`new` only reaches those who said that they understand it."""
    # 6: equal nodes are not run again, whether or not their file is still there.
    cache: bool = True
    # 7, 8: progress.
    progress_ids: bool = True
    """Old servers' `progress` names neither job nor node."""
    progress_state: bool = True
    # 10: interrupts.
    interrupt_by_id: bool = True
    # 13: models.
    separator: Literal["/", "\\"] = "/"
    combo: Literal["list", "COMBO"] = "list"
    missing: frozenset[str] = frozenset()
    """Base names of models and names of classes that it lacks."""
    # 14: ids.
    honours_prompt_id: bool = True
    # 12 and misfortune.
    oom_at: frozenset[str] = frozenset()
    """Classes of nodes that run out of memory."""
    fail_at: frozenset[str] = frozenset()
    hang_at: frozenset[str] = frozenset()
    """Classes of nodes that wait for FakeComfyUI.release; no interrupt gets through before."""
    crash_at: frozenset[str] = frozenset()
    """Classes of nodes during which the process dies."""
    step_s: float = 0.0
    """Each step of a sampler, and each other node, takes so long."""
    swallow: frozenset[str] = frozenset()
    """Paths whose request is carried out and whose reply never comes: the connection breaks."""
    status: dict[str, int] = field(default_factory=dict)
    """Paths that answer with this status and nothing else; 302 leads elsewhere."""
    picture: bytes | None = None
    """What /view gives instead of the picture."""

    @classmethod
    def parse(cls, words: Iterable[str]) -> Traps:
        """Of `name` or `name=value`; lists are separated by commas, `status` is path:code."""
        traps = cls()
        for word in words:
            name, _, value = word.partition("=")
            setattr(traps, name, _parsed(traps, name, value))
        return traps


def _parsed(traps: Traps, name: str, value: str) -> Any:
    if name not in {each.name for each in fields(Traps)}:
        raise SystemExit(f"no trap {name!r}; there are {', '.join(each.name for each in fields(Traps))}")
    current = getattr(traps, name)
    if isinstance(current, bool):
        return value.lower() not in ("0", "no", "false", "off")
    if isinstance(current, frozenset):
        return frozenset(filter(None, value.split(",")))
    if isinstance(current, dict):
        return {path: int(code) for path, code in (each.split(":") for each in value.split(","))}
    if isinstance(current, float):
        return float(value)
    return int(value) if name.endswith("_after") else value
