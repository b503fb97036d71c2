"""Room for the metrics of this process, taken before the first of them is counted.

prometheus_client keeps them in files that it maps into memory, and makes those without taking the space: a process that
counts something for the first time on a full disk is killed (SIGBUS). Metrics are worth less than what they measure.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_KINDS = ("counter", "gauge_livemostrecent", "histogram")
"""How prometheus_client names a process's files."""
BYTES = 1 << 18
"""Of each; the largest seen takes 60 kB, and prometheus_client begins with 64 KiB."""


def make_room() -> bool:
    """Before prometheus_client is imported. False where there is no room: then they stay in memory, untold."""
    folder = os.environ.get(_FOLDER)
    if not folder:
        return True
    try:
        for kind in _KINDS:
            _take(Path(folder) / f"{kind}_{os.getpid()}.db")
    except OSError:
        del os.environ[_FOLDER]
        return False
    return True


def _take(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, BYTES)
        else:
            os.write(descriptor, bytes(BYTES))
    except OSError:
        file.unlink()
        raise
    finally:
        os.close(descriptor)
