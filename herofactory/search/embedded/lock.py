from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Literal

if sys.platform != "win32":  # there tantivy's own lock on each generation remains, and open files cannot be removed
    import fcntl


class FileLock:
    """An advisory lock that its owner's death releases. `acquire` answers whether it was got."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self, mode: Literal["shared", "exclusive"], wait_s: float = 0.0) -> bool:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait_s
        while not _try_lock(file, mode):
            if time.monotonic() >= deadline:
                os.close(file)
                return False
            time.sleep(0.05)
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _try_lock(file: int, mode: Literal["shared", "exclusive"]) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if mode == "shared" else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
