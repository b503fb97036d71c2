"""What contracts of the worker stand on, on an embedded log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.embedded import broker_url
from streams.faust_app import WorkerTimes
from tests.contract.worker import Ground


@contextmanager
def opened(folder: Path) -> Iterator[EmbeddedLog]:
    """With the topics of `ground_on`."""
    with closing(EmbeddedLog(folder, sync="NORMAL")) as log:
        for topic in ("t", "out"):
            log.create_topic(TopicConfig(topic, 4, retention_s=None))
        yield log


def ground_on(log: EmbeddedLog, times: WorkerTimes) -> Ground:
    return Ground(log, partial(broker_url, log.folder, sync="normal"), "t", "out", "a", times)
