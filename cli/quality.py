"""Checking expectations of topics and tables. Loads Great Expectations: only processes of its own do this."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing

from cli.compose import codec_of, dsn_of, values_of
from cli.configure import load_settings
from cli.errors import CliError
from cli.explain import reported
from cli.running import existing_log
from herofactory.assets.open import open_store
from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import configure_logging, get_logger
from herofactory.quality import store
from herofactory.quality.names import FOLDER, NAMES
from herofactory.quality.reading import Reader
from herofactory.quality.result import SuiteResult
from herofactory.quality.site.write import write

NICE = 10
# One run at a time in the whole cluster. Any constant will do.
_LOCK = 0x5155414C


async def check(settings: Settings, names: Sequence[str] = NAMES) -> list[SuiteResult]:
    """Run these suites, keep and tell of what they found, and write their pages. Raises CliError."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise CliError(f"there is no suite {unknown[0]!r}; there are {', '.join(NAMES)}")
    from herofactory.quality.runner import run
    from herofactory.quality.suites.every import suites

    results: list[SuiteResult] = []
    # On the Kafka stack a folder may be on another machine.
    assets = open_store(settings) if settings.asset_store or settings.stack == "embedded" else None
    with closing(existing_log(settings)) as log:
        codec = codec_of(settings, log)
        async with Database(dsn_of(settings), size=2, name="hero-quality") as database, _alone(database):
            reader, outbox = Reader(log, values_of(codec), database), Outbox(codec)
            for suite in suites(assets):
                if suite.name in names:
                    result = await run(suite, reader, SystemClock())
                    async with database.transaction() as transaction:
                        await store.put(transaction, outbox, result)
                    results.append(result)
            async with database.transaction() as transaction:
                await store.forget_others(transaction, NAMES)
    write(settings.folder / FOLDER, results)
    return results


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[Connection]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS held", (_LOCK,))
        row = await cursor.fetchone()
        if not (row and row["held"]):
            raise CliError("the expectations are being checked by another process; wait for it")
        try:
            yield connection
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def quality() -> int:
    """The hourly process, behind everything else that runs. 0 also where expectations are not met: that is told."""
    os.nice(NICE)
    return reported(_quality)


def _quality() -> int:
    settings = load_settings()
    configure_logging("quality", level=settings.log_level)
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells of every step
    log = get_logger(__name__)
    for result in asyncio.run(check(settings)):
        if result.passed:
            log.info("expectations are met", suite=result.suite, expectations=len(result.checks))
        for failed in result.failed:
            log.warning("an expectation is not met", suite=result.suite, reason=failed.reason)
    return 0
