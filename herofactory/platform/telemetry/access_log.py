"""The access log of a process: a bounded queue, and one thread that writes what is in it.

A request never waits for the disk and never fails because of it: what finds no room is dropped and counted.
"""

from __future__ import annotations

import threading
from importlib import metadata
from pathlib import Path
from queue import Full, Queue

from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.access import Access
from herofactory.platform.telemetry.access_file import RotatingFile
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics

QUEUED = 10_000
"""Requests that may wait for the disk: some 10 MB, and ten seconds of a thousand requests a second."""
CLOSING_S = 5.0


class AccessLog:
    """Thread-safe. The thread is started by the first request."""

    def __init__(
        self, path: Path, most_bytes: int, most_files: int, metrics: Metrics, version: str, queued: int = QUEUED
    ) -> None:
        self._file = RotatingFile(path, most_bytes, most_files)
        self._metrics = metrics
        self._version = version
        self._queue: Queue[Access | None] = Queue(queued)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._is_failing = False

    def put(self, access: Access) -> None:
        """Takes microseconds. Raises nothing."""
        try:
            self._queue.put_nowait(access)
        except Full:
            self._metrics.count("hero_access_log_dropped_total", why="queue")
        if self._thread is None:
            self._start()

    def close(self) -> None:
        """Writes what is waiting, for five seconds at most."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            self._queue.put(None, timeout=CLOSING_S)
        except Full:
            return  # the disk hangs; the thread ends with the process
        thread.join(CLOSING_S)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (access := self._queue.get()) is not None:
            try:
                self._file.write(access.line(self._version))
                self._is_failing = False
            except Exception as error:  # noqa: BLE001  (whatever it is, the next line gets its chance)
                self._drop(error)
        self._file.close()

    def _drop(self, error: Exception) -> None:
        self._metrics.count("hero_access_log_dropped_total", why="disk" if isinstance(error, OSError) else "line")
        if not self._is_failing:
            get_logger(__name__).error("the access log cannot be written; its lines are dropped", error=str(error))
        self._is_failing = True


def open_access_log(settings: Settings, metrics: Metrics) -> AccessLog | None:
    """None where the settings turn it off."""
    path = settings.access_log_file
    if path is None:
        return None
    return AccessLog(path, settings.access_log_bytes, settings.access_log_files, metrics, _version())


def _version() -> str:
    try:
        return metadata.version("herofactory")
    except metadata.PackageNotFoundError:
        return "unknown"
