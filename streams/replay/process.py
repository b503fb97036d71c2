"""The process of a replay: it steps back behind the live ones, and stops when it is told to."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

NICE = 10
"""Not 19 or an idle class: whoever holds the log's write lock, or a row's, must get to let go of it."""
_NEW_OBJECTS = 20_000
"""Between two looks of Python's collector for garbage: a chunk is thousands of objects, none of them garbage."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def step_back() -> None:
    """For the whole process and what it starts. It cannot be taken back."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    if sys.platform != "win32":
        os.nice(NICE)


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set it. In the main thread, in the loop that waits for it."""
    loop = asyncio.get_running_loop()
    for each in _SIGNALS:
        loop.add_signal_handler(each, stop.set)
    try:
        yield
    finally:
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
