"""Whether a process that uses the log still lives: it holds a lock that the kernel drops with it.

So a killed worker's partitions move at the next heartbeat, not after the session timeout. The lock works across
containers, where process ids do not; where there is none (Windows), the timeout remains.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import uuid
from pathlib import Path

if sys.platform != "win32":
    import fcntl

FOLDER = "alive"
_STALE_S = 86_400.0
"""Files of processes that died are swept after so long; their memberships are gone by then."""


class Alive:
    """One per process and log. `token` names this process to the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(exist_ok=True)
        self.token = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._sweep()
        self._held = _lock(self._folder / self.token, create=True)

    def is_dead(self, token: str) -> bool:
        """True only when it is certain. A process without a lock file, or one that cannot be looked at, may live."""
        if token == self.token:
            return False
        # The file stays: its other groups have to find it, too.
        lock = _lock(self._folder / token, create=False)
        if lock is None:
            return False
        os.close(lock)
        return True

    def close(self) -> None:
        if self._held is not None:
            with contextlib.suppress(OSError):
                (self._folder / self.token).unlink()
            os.close(self._held)
            self._held = None

    def _sweep(self) -> None:
        for file in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - file.stat().st_mtime > _STALE_S and self.is_dead(file.name):
                    file.unlink()


def _lock(file: Path, create: bool) -> int | None:
    """The open, locked file; None when somebody else holds it, or it does not exist."""
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
    except OSError:
        return None
    try:
        # Whoever looks at another's file holds it for a moment; one's own is worth that moment.
        fcntl.flock(descriptor, fcntl.LOCK_EX if create else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
