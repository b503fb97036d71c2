"""The worker on the embedded log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from streams.embedded import broker_url
from streams.faust_app import WorkerTimes
from streams.runtime import run_worker
from tests.contract.worker import Ground, Recorder, WorkerContract

pytestmark = pytest.mark.anyio

TIMES = WorkerTimes(session_timeout=3.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(tmp_path / "log", sync="NORMAL")
    for topic in ("t", "out"):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    yield log
    log.close()


@pytest.fixture
def ground(log: EmbeddedLog) -> Ground:
    return Ground(log, partial(broker_url, log.folder, sync="normal"), "t", "out", "a", TIMES)


def members(log: EmbeddedLog) -> int:
    (count,) = log.call(lambda cursor: cursor.execute("SELECT count(*) FROM members").fetchone())
    return int(count)


class TestOnTheEmbeddedLog(WorkerContract):
    """The contract."""


async def test_it_leaves_nothing_but_its_group(log: EmbeddedLog, ground: Ground, tmp_path: Path) -> None:
    stop, before = asyncio.Event(), set(tmp_path.iterdir())
    await run_worker([ground.agent()], ground.broker(), lambda *_: Recorder(), stop, TIMES, lambda _: stop.set())
    assert set(tmp_path.iterdir()) == before
    assert log.groups() == ["herofactory.a"]
    assert members(log) == 0


@pytest.mark.parametrize("moment", [0.02, 1.02])
async def test_stopped_while_it_starts_it_leaves_the_group(log: EmbeddedLog, ground: Ground, moment: float) -> None:
    worker = ground.worker(Recorder())
    starting = asyncio.ensure_future(worker.start())
    await asyncio.sleep(moment)
    starting.cancel()
    await worker.stop()
    assert members(log) == 0
