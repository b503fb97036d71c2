"""The embedded relay as a change capture: the contract."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connectors.embedded import OutboxRelay
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.topics import TOPICS
from tests.contract.change_capture import Captured, ChangeCaptureContract, play
from tests.support.postgres import cloned_database


@pytest.fixture(scope="module")
def captured(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Captured:
    with cloned_database(postgres) as dsn:
        return asyncio.run(relayed(dsn, tmp_path_factory.mktemp("log")))


async def relayed(dsn: str, folder: Path) -> Captured:
    log = EmbeddedLog(folder)
    for topic in TOPICS.values():
        log.create_topic(topic.config())
    relay = asyncio.create_task(OutboxRelay(dsn, log, NoMetrics()).run())
    try:
        return await play(dsn, log)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        log.close()


class TestEmbeddedRelay(ChangeCaptureContract):
    """The contract."""
