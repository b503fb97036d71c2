"""Two workers on the embedded log: one is killed and comes back, then the other is restarted gracefully."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.embedded import broker_url
from tests.contract.two_workers import Course, TwoWorkersContract
from tests.support.copier import times


@dataclass
class EmbeddedCourse(Course):
    file: Path

    def freeze(self, worker: subprocess.Popen[str]) -> None:
        """Between two writes. Frozen inside of one it keeps SQLite's lock, and everybody has to wait for it."""
        super().freeze(worker)
        while not self._can_write():
            worker.send_signal(signal.SIGCONT)
            super().freeze(worker)

    def _can_write(self) -> bool:
        with closing(sqlite3.connect(self.file, timeout=2.0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            connection.rollback()
            return True


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    log = EmbeddedLog(tmp_path)
    for topic in ("in", "out"):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    patient = times(session_timeout=3.0)
    yield EmbeddedCourse(log, broker_url(tmp_path), "in", "out", "copy", patient, tmp_path / "log.db")
    log.close()


class TestOnTheEmbeddedLog(TwoWorkersContract):
    """The contract."""
