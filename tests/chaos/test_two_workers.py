"""Two workers on the embedded log: one is killed and comes back, then the other is restarted gracefully."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.embedded import broker_url
from tests.contract.two_workers import Course, TwoWorkersContract
from tests.support.copier import times


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    log = EmbeddedLog(tmp_path)
    for topic in ("in", "out"):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    yield Course(log, broker_url(tmp_path), "in", "out", "copy", times(session_timeout=3.0))
    log.close()


class TestOnTheEmbeddedLog(TwoWorkersContract):
    """The contract."""
