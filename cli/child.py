"""What every child of the supervisor does first: tie its life to its parent's, and keep its log in bounds.

Linux tells a child by a signal (PR_SET_PDEATHSIG) when its parent is gone; the parent is looked at once more after that
was asked for, since it may have gone before. Other systems have no such signal, and a child may hang: so a thread looks
at the parent once a second as well, and ends a child that does not manage to end by itself.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

PARENT = "HERO_SUPERVISOR_PID"
"""Process id of the supervisor, handed to its children; without it a process stands on its own."""
LOG = "HERO_PART_LOG"
"""Path of the file that standard output and error go to."""
LOG_BYTES = 8 * 1024 * 1024
LOG_KEPT = 3
"""Older files kept beside the current one: 32 MB per part in all."""
LAST_S = 5.0
"""Seconds that an orphan has for an orderly end."""
LOOK_S = 1.0
# linux/prctl.h
_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform.startswith("linux")


def tie() -> None:
    """To be called before anything heavy is imported: until then an orphan notices nothing."""
    parent, log = os.environ.get(PARENT), os.environ.get(LOG)
    if not parent:
        return
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(0)
    threading.Thread(target=_guard, args=(int(parent), log and Path(log)), name="guard", daemon=True).start()


def _guard(parent: int, log: Path | None) -> None:
    while os.getppid() == parent:
        if log:
            rotate(log)
        time.sleep(LOOK_S)
    if not _LINUX:  # a second one would interrupt what the first one began
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_S)
    os._exit(1)


def rotate(log: Path) -> None:
    """Start a new file once `log` is full. Nothing is lost: what is being written goes to the old or the new one.

    A line that is written at once, as logging does, is never cut; `print` writes its line end apart.
    """
    try:
        if log.stat().st_size < LOG_BYTES:
            return
        for number in range(LOG_KEPT, 1, -1):
            older = log.with_name(f"{log.name}.{number - 1}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number}"))
        log.replace(log.with_name(f"{log.name}.1"))
        _redirect(log)
    except OSError:
        return  # no space, or somebody tidied up: the next look tries again


def _redirect(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
    finally:
        os.close(descriptor)
