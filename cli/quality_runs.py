"""Expectations of topics and tables, checked every hour in a process of its own: what it loads takes 200 MB."""

from __future__ import annotations

import asyncio
import signal

from cli.child_process import run_child
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import get_logger

FIRST_S = 300.0
"""Seconds after the start of the platform until the first run: a start has better things to do."""
LONGEST_S = 1_800.0
"""Seconds after which a run is given up."""
_log = get_logger(__name__)


async def run_quality(settings: Settings) -> None:
    """Until cancelled, or at once where the setting says never."""
    interval_s = settings.quality_interval_s
    if not interval_s:
        return
    await asyncio.sleep(min(FIRST_S, interval_s))
    while True:
        try:
            status = await run_once()
        except OSError as error:
            _log.warning("expectations of data could not be checked; trying again", error=str(error))
        else:
            if status:
                _log.warning("expectations of data were not checked, or not met", status=status)
        await asyncio.sleep(interval_s)


async def run_once(arguments: tuple[str, ...] = ("-P", "-m", "cli.run", "quality")) -> int:
    """The exit status of one run; negative where it was ended. Whoever cancels this ends the run. Raises OSError."""
    try:
        return await run_child(arguments, LONGEST_S)
    except TimeoutError:
        _log.warning("checking expectations of data took too long and was given up", after_s=LONGEST_S)
        return -signal.SIGTERM
