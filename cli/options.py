"""Options that many commands share, and where they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder (HERO_DATA, or ./.hero).")]
Port = Annotated[
    int | None, typer.Option("--port", metavar="N", min=1, max=65535, help="Port of the API (PORT, or 8000).")
]
Json = Annotated[bool, typer.Option("--json", help="Print only JSON.")]

_ENDLESS = 1_000_000
"""Characters of a line where nobody looks at it."""


def _console(*, stderr: bool = False) -> Console:
    """Prints text as it is. What `grep` and `awk` read has no width: no line is folded or cut there."""
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else _ENDLESS
    return Console(highlight=False, markup=False, emoji=False, stderr=stderr, width=width)


console = _console()
stderr = _console(stderr=True)
"""For progress: what a command answers stands alone on standard output."""


def print_json(value: Any) -> None:
    """One JSON value, Korean as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """For streams of records: one JSON value per line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
