"""One open log per folder and process, however many apps use it: one writer thread, one watcher."""

from __future__ import annotations

import threading
from pathlib import Path

from herofactory.platform.eventlog.embedded import EmbeddedLog

_lock = threading.Lock()
_open: dict[Path, tuple[EmbeddedLog, int]] = {}


def acquire(folder: Path, sync: str = "FULL") -> EmbeddedLog:
    """Open, or share what is open; then the first one's `sync` holds. Every call needs its `release`."""
    key = folder.absolute()
    with _lock:
        log, users = _open.get(key) or (EmbeddedLog(key, sync), 0)
        _open[key] = (log, users + 1)
        return log


def release(folder: Path) -> None:
    """The last one closes the log."""
    key = folder.absolute()
    with _lock:
        log, users = _open.pop(key)
        if users > 1:
            _open[key] = (log, users - 1)
            return
    log.close()
