"""Edges of recovery on the embedded log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from streams.faust_app import WorkerTimes
from streams.runtime import Worker
from tests.contract.recovery import Expire, Holes, RecoveryContract, ShareId
from tests.contract.worker import Ground
from tests.support.embedded_ground import ground_on, opened

pytestmark = pytest.mark.anyio

TIMES = WorkerTimes(session_timeout=2.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)
DAY_S = 86_400.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with opened(tmp_path / "log") as log:
        yield log


@pytest.fixture
def ground(log: EmbeddedLog) -> Ground:
    return ground_on(log, TIMES)


@pytest.fixture
def expire(log: EmbeddedLog) -> Expire:
    def take(topic: str) -> None:
        log.create_topic(TopicConfig(topic, 4, retention_s=DAY_S))
        log.maintain(now=time.time() + 2 * DAY_S)
        log.create_topic(TopicConfig(topic, 4, retention_s=None))

    return take


@pytest.fixture
def holes(log: EmbeddedLog) -> Holes:
    def leave(topic: str) -> int:
        log.create_topic(TopicConfig(topic, 4, retention_s=None, compacted=True))
        for _ in range(5):
            log.publish([Outgoing(topic, b"%d" % n, b"") for n in range(20)])
        assert log.maintain(now=time.time()).compacted == 80
        return 20

    return leave


@pytest.fixture
def share_id() -> ShareId:
    def share(first: Worker, second: Worker) -> None:
        theirs, ours = (each._agents[0][0].consumer.coordinator for each in (first, second))
        ours.membership = replace(ours.membership, member=theirs.membership.member)

    return share


class TestOnTheEmbeddedLog(RecoveryContract):
    """The contract."""
