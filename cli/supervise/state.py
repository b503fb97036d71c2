"""`run.json`: what runs, as the supervisor sees it, for `hero status` and the table that `hero up` prints."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "run.json"


@dataclass(frozen=True, slots=True)
class PartState:
    name: str
    pid: int | None
    state: str
    restarts: int


@dataclass(frozen=True, slots=True)
class RunState:
    pid: int
    """The supervisor's."""
    url: str
    parts: Sequence[PartState]
    stack: str = "embedded"


def write(folder: Path, state: RunState) -> None:
    """Atomic: a reader sees the old or the new one."""
    fresh = folder / f"{NAME}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    fresh.replace(folder / NAME)


def read(folder: Path) -> RunState | None:
    """What the last supervisor wrote; it may be gone (see `lock.is_running`)."""
    try:
        fields = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or of a version that wrote it otherwise
        return None
    return RunState(
        fields["pid"], fields["url"], [PartState(**part) for part in fields["parts"]], fields.get("stack", "embedded")
    )


def remove(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
