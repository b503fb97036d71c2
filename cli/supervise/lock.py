"""One platform per data folder: a lock that its parts hold too.

The parts inherit the descriptor, and the kernel keeps the lock until the last of them is gone. So after a `kill -9` of
the supervisor the next start waits for the stragglers by itself.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from cli.errors import CliError, InUse

NAME = "lock"
_LOOK_S = 0.05
_ADVICE = "stop that platform (Ctrl-C, or kill that process), or choose another folder with HERO_DATA or --data"


class DataLock:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.descriptor: int | None = None
        """While held."""

    def acquire(self, patience_s: float, waiting: Callable[[str], None] = lambda _: None) -> None:
        """Raises InUse, naming the holder, when it is still held after `patience_s`; `waiting` is told of it before."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CliError(
                f"the data folder {self._folder} cannot be used: {error.strerror}; choose another (HERO_DATA, --data)"
            ) from error
        try:
            self._wait(descriptor, patience_s, waiting)
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self.descriptor = descriptor

    def release(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _wait(self, descriptor: int, patience_s: float, waiting: Callable[[str], None]) -> None:
        deadline = time.monotonic() + patience_s
        told = False
        while not _take(descriptor):
            if time.monotonic() >= deadline:
                raise InUse(f"{self._folder} is in use by {_holder(self._folder)}: {_ADVICE}")
            if not told:
                waiting(f"{self._folder} is in use by {_holder(self._folder)}; waiting up to {patience_s:g} s")
                told = True
            time.sleep(_LOOK_S)


def is_running(folder: Path) -> bool:
    """Whether a platform, or what is left of one, holds `folder`."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def _holder(folder: Path) -> str:
    text = (folder / NAME).read_text(encoding="ascii", errors="replace").strip()
    import psutil

    if text.isdigit() and not psutil.pid_exists(int(text)):
        return f"what process {text} (gone) started and has not ended yet"
    return f"the platform with process id {text or 'unknown'}"


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
