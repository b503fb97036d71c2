"""The embedded PostgreSQL as a part of the platform."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from herofactory.platform.postgres import EmbeddedPostgres, PostgresError, read_dsn

RETRY_S = 1.0


class DatabasePart:
    """Recovery runs in a thread: the other parts are looked after meanwhile."""

    name = "postgres"

    def __init__(self, folder: Path, run_as: str, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._server = EmbeddedPostgres(folder, run_as=run_as)
        self._say = say
        self._recovery: threading.Thread | None = None
        self._stopping = threading.Event()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._server.pid

    @property
    def state(self) -> str:
        return "restarting" if self._recovery else "running"

    def start(self) -> None:
        """Raises PostgresError."""
        self._server.start()
        self._address = read_dsn(self._folder)

    def tend(self) -> bool:
        if self._recovery:
            if self._recovery.is_alive():
                return False
            self._recovery = None
            self._say(f"postgres started again as process {self.pid}")
            return True
        if self._server.poll() is None:
            return False
        self._say("postgres ended; starting it again")
        self.restarts += 1
        self._recovery = threading.Thread(target=self._recover, name="postgres-recovery", daemon=True)
        self._recovery.start()
        return True

    def has_moved(self) -> bool:
        """Whether it listens elsewhere than when last asked: another program took its port while it was down."""
        if self._recovery or (address := read_dsn(self._folder)) == self._address:
            return False
        self._address = address
        return True

    def stop(self) -> None:
        self._stopping.set()
        if self._recovery:
            self._recovery.join()
        self._server.stop()

    def _recover(self) -> None:
        while not self._stopping.is_set():
            try:
                self._server.start()
                return
            except PostgresError as error:
                self._say(f"postgres does not start: {error}")
            except OSError as error:
                self._say(f"postgres does not start: {error}")
            time.sleep(RETRY_S)
