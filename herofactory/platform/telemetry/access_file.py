"""A file of lines that is bounded in size and number: `access.log`, before it `access.000000007.log` and so on.

A full file is renamed once, to the next number: who follows it sees one renaming, and the order of files is their
names'. Each process has a file of its own (`access-2.log` for the second one), so that rotation has one hand.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from pathlib import Path

DIGITS = 9
_LOOK_S = 1.0
"""Seconds after which to look whether somebody took the file away."""
_MODE = 0o640


class RotatingFile:
    """Not thread-safe. Opens at the first line."""

    def __init__(self, path: Path, most_bytes: int, most_files: int) -> None:
        """`most_bytes`: of one file. `most_files`: the one being written and full ones, together."""
        self._wanted = path
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._path = path
        self._lock: int | None = None
        self._file: int | None = None
        self._size = 0
        self._looked = 0.0

    @property
    def path(self) -> Path:
        """The file of this process."""
        return self._path

    def write(self, line: bytes) -> None:
        """Whole or not at all. Raises OSError, and tries anew with the next line."""
        try:
            file = self._opened()
            if self._size and self._size + len(line) > self._most_bytes:
                self._rotate()
                file = self._opened()
            self._append(file, line)
        except OSError:
            self._close_file()
            raise

    def close(self) -> None:
        self._close_file()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _append(self, file: int, line: bytes) -> None:
        written = os.write(file, line)
        if written != len(line):
            os.ftruncate(file, self._size)  # half a line would spoil the next one too
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        self._size += written

    def _opened(self) -> int:
        now = time.monotonic()
        if self._file is not None and now - self._looked > _LOOK_S:
            self._looked = now
            if not self._is_in_place(self._file):
                self._close_file()
        if self._file is None:
            self._file = self._open()
        return self._file

    def _is_in_place(self, file: int) -> bool:
        try:
            there, ours = self._path.stat(), os.fstat(file)
        except FileNotFoundError:
            return False
        self._size = ours.st_size  # somebody may have emptied it
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def _open(self) -> int:
        self._wanted.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._path, self._lock = _own(self._wanted)
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
        self._size = os.fstat(file).st_size
        self._looked = time.monotonic()
        try:
            # A process that was killed may have left half a line: it must not swallow the next one.
            if self._size and os.pread(file, 1, self._size - 1) != b"\n":
                self._size += os.write(file, b"\n")
        except OSError:
            os.close(file)
            raise
        return file

    def _rotate(self) -> None:
        full = full_files(self._path)
        number = int(full[-1].name.removesuffix(self._path.suffix)[-DIGITS:]) + 1 if full else 1
        renamed = self._path.with_name(f"{self._path.stem}.{number:0{DIGITS}}{self._path.suffix}")
        self._path.rename(renamed)
        self._close_file()
        for old in [*full, renamed][: -max(self._most_files - 1, 1)]:
            old.unlink(missing_ok=True)

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def full_files(path: Path) -> list[Path]:
    """Those that were `path` once, oldest first."""
    name = re.compile(rf"{re.escape(path.stem)}\.\d{{{DIGITS}}}{re.escape(path.suffix)}")
    return sorted(each for each in path.parent.iterdir() if name.fullmatch(each.name))


def _own(path: Path) -> tuple[Path, int]:
    """The first file that no other process writes, and the lock that says so; it goes with the process."""
    number = 1
    while True:
        mine = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        lock = os.open(mine.with_name(f".{mine.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            number += 1
        else:
            return mine, lock
