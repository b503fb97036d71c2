"""Edges of recovery on the embedded log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from streams.faust_app import WorkerTimes
from tests.contract.recovery import Expire, Holes, RecoveryContract, committed, ends
from tests.contract.worker import Ground, Recorder, until
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


class TestOnTheEmbeddedLog(RecoveryContract):
    """The contract."""


async def test_what_retention_takes_from_under_a_worker_that_waits_is_counted(ground: Ground, expire: Expire) -> None:
    recorder = Recorder()
    recorder.held = {0, 1, 2, 3}
    worker = ground.worker(recorder)
    for _ in range(4):
        ground.publish(100)
    await worker.start()
    await until(lambda: len({record.partition for record in recorder.started}) == 4)
    expire(ground.source)
    ground.publish(4)
    recorder.release.set()
    await until(lambda: committed(ground) == ends(ground))
    await worker.stop()
    assert recorder.gaps
    assert len(recorder.done) + sum(end - start for _, _, start, end in recorder.gaps) == 404
