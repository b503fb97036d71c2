from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.watch import Snapshot
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from tests.support.embedded_log import embedded_log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path, [TopicConfig("t", 1, None)]) as log:
        yield log


class Ends:
    """A listener that waits for an end."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.end = -1

    def __call__(self, snapshot: Snapshot) -> None:
        with self.changed:
            self.end = snapshot.ends[(1, 0)][1]
            self.changed.notify()

    def wait_for(self, end: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.end == end, timeout=10)


def test_listeners_hear_of_records_of_this_and_of_other_processes(log: EmbeddedLog) -> None:
    other = EmbeddedLog(log.folder)
    ends = Ends()
    log.watcher.add(ends)
    log.publish([Outgoing("t", b"k", b"")])
    assert ends.wait_for(1)
    other.publish([Outgoing("t", b"k", b"")])
    assert ends.wait_for(2)
    other.close()
    log.watcher.remove(ends)


def test_nobody_polls_without_a_listener(log: EmbeddedLog) -> None:
    ends = Ends()
    log.watcher.add(ends)
    polling = [t for t in threading.enumerate() if t.name == "event-log-watcher"]
    log.watcher.remove(ends)
    for thread in polling:
        thread.join(timeout=10)
        assert not thread.is_alive()
    log.watcher.add(ends)
    log.publish([Outgoing("t", b"k", b"")])
    assert ends.wait_for(1)
