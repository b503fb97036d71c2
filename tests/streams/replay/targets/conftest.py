"""The product's own topics on a real log, and a shop that works on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.compose import values_of
from herofactory.platform.clock import SystemClock
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground
from streams.topics import configs
from tests.support.embedded_log import embedded_log
from tests.support.shop import Shop


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path / "log", configs()) as log:
        yield log


@pytest.fixture
def ground(settings: Settings, database: Database, log: EmbeddedLog, codec: EventCodec) -> Ground:
    return Ground(
        settings=settings,
        database=database,
        log=log,
        codec=codec,
        values=values_of(codec),
        clock=SystemClock(),
        metrics=NoMetrics(),
    )


@pytest.fixture
def shop(ground: Ground, dsn: str) -> Shop:
    return Shop(ground, dsn)
