"""The worker on the embedded log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from streams.faust_app import WorkerTimes
from streams.runtime import run_worker
from tests.contract.worker import Ground, Recorder, WorkerContract
from tests.support.embedded_ground import ground_on, opened

pytestmark = pytest.mark.anyio

TIMES = WorkerTimes(session_timeout=3.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with opened(tmp_path / "log") as log:
        yield log


@pytest.fixture
def ground(log: EmbeddedLog) -> Ground:
    return ground_on(log, TIMES)


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
