"""A log on this machine with topics of its own, for the time of a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig


@contextmanager
def embedded_log(folder: Path, topics: Iterable[TopicConfig] = (), *, sync: str = "OFF") -> Iterator[EmbeddedLog]:
    """`sync`: OFF spares the waiting for the disk; what a test kills is a process, never the machine."""
    with closing(EmbeddedLog(folder, sync=sync)) as log:
        for topic in topics:
            log.create_topic(topic)
        yield log
