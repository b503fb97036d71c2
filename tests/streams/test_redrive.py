from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from streams.embedded import broker_url
from streams.faust_app import WorkerTimes
from tests.contract.redrive import RedriveContract, RedriveGround

pytestmark = pytest.mark.anyio
TIMES = WorkerTimes(session_timeout=6.0, heartbeat=0.2, commit_interval=0.1, grace=0.3)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[RedriveGround]:
    with closing(EmbeddedLog(tmp_path / "log", sync="NORMAL")) as log:
        ground = RedriveGround(log, broker_url(log.folder, sync="normal"), "counting", TIMES)
        ground.create()
        yield ground


class TestOnTheEmbeddedLog(RedriveContract):
    """The contract."""
