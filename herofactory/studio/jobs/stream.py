"""What becomes of a job, as it happens. The row is the truth; the progress bus only tells it sooner."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from herofactory.platform.postgres.database import Database
from herofactory.platform.progress.port import ProgressBus, Value
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.progress import channel

LOOK_S = 1.0
"""Seconds between two looks at the row while the bus is silent."""
HEARTBEAT_S = 15.0
"""Seconds of silence after which a reader, and every proxy between, is told that we are still there."""
_ID = re.compile(r"(\d{1,18})-(\d)-(\d{1,4})")
_RANKS = {"queued": 0, "running": 1}


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """How far a job is. They only ever rise, whichever process tells of them, so one is enough to go on from."""

    fence: int
    rank: int
    permille: int

    @classmethod
    def of(cls, job: Job) -> Moment:
        return cls(job.fence, _RANKS.get(job.state, 2), round(job.percent * 10))

    @classmethod
    def parse(cls, text: str | None) -> Moment | None:
        """A Last-Event-ID; None for anything else."""
        found = _ID.fullmatch(text or "")
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.fence}-{self.rank}-{self.permille}"


@dataclass(frozen=True, slots=True)
class Told:
    """`state`: the row changed, `job` says how. `progress`: `more` has stage, percent and maybe a preview (base64)."""

    kind: Literal["state", "progress", "heartbeat"]
    moment: Moment
    job: Job
    position: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


class Following:
    def __init__(self, database: Database, bus: ProgressBus, job_id: UUID, after: Moment | None = None) -> None:
        self._database = database
        self._bus = bus
        self._job_id = job_id
        self._last = after
        self._shown: tuple[Any, ...] | None = None

    async def tell(self, *, look_s: float = LOOK_S, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[Told]:
        """What is new after the moment given, until the job has ended: its end is told at any rate."""
        quiet, value = 0.0, None
        async with self._bus.subscribe(channel(self._job_id)) as values:
            while True:
                # The row first: what is said of progress belongs to a state that the reader must know of.
                job, position = await self._look()
                if job is None:
                    return
                for told in (self._state(job, position), self._progress(job, value)):
                    if told:
                        quiet = 0.0
                        yield told
                if job.ended:
                    return
                if quiet >= heartbeat_s:
                    quiet = 0.0
                    yield Told("heartbeat", Moment.of(job), job)
                value = await _next(values, look_s)
                quiet += 0.0 if value else look_s

    async def _look(self) -> tuple[Job | None, int | None]:
        async with self._database.connection() as connection:
            job = await repository.get(connection, self._job_id)
            places = await repository.positions(connection, [self._job_id]) if job and job.state == "queued" else {}
        return job, places.get(self._job_id)

    def _state(self, job: Job, position: int | None) -> Told | None:
        """None where it is known.

        Progress alone is no news of the row: the bus tells it sooner; where the bus is silent, the row tells it.
        """
        moment, shown = Moment.of(job), (job.state, job.fence, job.cancel_wanted, job.stage, position)
        news = moment == self._last and shown != (self._shown or shown)
        is_new = job.ended or self._last is None or moment > self._last or news
        if is_new:
            self._last, self._shown = max(moment, self._last or moment), shown
        self._shown = self._shown or shown
        return Told("state", moment, job, position) if is_new else None

    def _progress(self, job: Job, value: Value | None) -> Told | None:
        """None for what an earlier attempt said, and for what is known already."""
        percent = value.get("percent") if value else None
        if value is None or value.get("fence") != job.fence or not isinstance(percent, int | float):
            return None
        moment = Moment(job.fence, 1, round(percent * 10))
        if self._last and (moment < self._last or (moment == self._last and "preview" not in value)):
            return None
        self._last = moment
        more = {name: value[name] for name in ("stage", "percent", "preview") if name in value}
        self._shown = (job.state, job.fence, job.cancel_wanted, value.get("stage"), None)
        return Told("progress", moment, job, more=more)


async def _next(values: AsyncIterator[Value], seconds: float) -> Value | None:
    try:
        async with asyncio.timeout(seconds):
            return await anext(values)
    except (TimeoutError, StopAsyncIteration):
        return None
