"""No space left, for one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def no_space(process: psutil.Process) -> Iterator[None]:
    """While it lasts, the process cannot write to any file (RLIMIT_FSIZE); Python gets EFBIG, nobody is killed."""
    _, most = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_FSIZE, (most, most))
