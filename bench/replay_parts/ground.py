"""What replays stand on, on an embedded log: as `hero replay` makes it, without a platform around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from pydantic import SecretStr

from bench.insights_parts.events import codec
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import TopicValues
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground


@asynccontextmanager
async def opened(dsn: str, data: str, json_topics: Sequence[str]) -> AsyncIterator[Ground]:
    """`data`: the folder of settings, with the log in it. `json_topics`: those that hold no Avro."""
    known = codec()
    settings = Settings(data=Path(data), database_url=SecretStr(dsn), _env_file=None)  # type: ignore[call-arg]
    async with Database(dsn) as database:
        with closing(EmbeddedLog(settings.folder / "log")) as log:
            yield Ground(
                settings=settings,
                database=database,
                log=log,
                codec=known,
                values=TopicValues(known, json_topics),
                clock=SystemClock(),
                metrics=NoMetrics(),
            )
