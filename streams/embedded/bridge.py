"""The log's writer as something to await: one wake-up of the event loop per commit, not per message."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.writer import Job, Row

Result = TypeVar("Result")
Finish = Callable[[Any], Any]


class Bridge:
    def __init__(self, log: EmbeddedLog, loop: asyncio.AbstractEventLoop) -> None:
        self._log, self._loop = log, loop

    async def call(self, work: Callable[[sqlite3.Cursor], Result]) -> Result:
        """Run `work` in the next write transaction. Raises what it raised, or a LogError."""
        future: asyncio.Future[Result] = self._loop.create_future()
        self._log.submit_call(work, self._finished, (future, _as_it_is))
        return await future

    def append(self, row: Row, finish: Finish) -> asyncio.Future[Any]:
        """The future gets what `finish` makes of the offset."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._log.submit((row,), self._finished, (future, lambda offsets: finish(offsets[0])))
        return future

    def _finished(self, jobs: Sequence[Job]) -> None:
        # In the writer's thread. A loop that is closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_resolve, jobs)


def _resolve(jobs: Sequence[Job]) -> None:
    for job in jobs:
        future, finish = job.context
        if future.done():
            continue
        if job.error is not None:
            future.set_exception(job.error)
        else:
            future.set_result(finish(job.result))


def _as_it_is(result: Any) -> Any:
    return result
