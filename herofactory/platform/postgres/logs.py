"""PostgreSQL's log files: PostgreSQL starts a new one by size and age, this keeps the newest few."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

FOLDER = "log"
# What the server says before its log collector runs: written anew on each start.
START_LOG = "start.log"
ROTATE_KB = 8 * 1024
KEEP = 5
TAIL_BYTES = 2_000


def server_logs(folder: Path) -> list[Path]:
    """Oldest first: their names are times."""
    return sorted(folder.glob("postgres-*.log"))


def prune(folder: Path) -> None:
    """Keeps the newest five files, about 40 MB."""
    for path in server_logs(folder)[:-KEEP]:
        path.unlink(missing_ok=True)


def tail(folder: Path) -> str:
    """The end of what the server said last, for an error message."""
    return "\n".join(filter(None, (_end(path) for path in (folder / START_LOG, *server_logs(folder)[-1:]))))


def _end(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()
    return ""
