"""Takes jobs off the queue and has servers make their pictures. Any number of bridges may share queue and servers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from comfy_bridge.attempt import Attempt
from comfy_bridge.backend import Backend
from comfy_bridge.small import shrink
from comfy_bridge.station import Station
from herofactory.platform.clock import Clock
from herofactory.platform.progress.port import ProgressBus
from herofactory.platform.telemetry.logging import get_logger
from herofactory.studio.jobs.errors import LeaseLost
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.progress import Reached, Teller
from herofactory.studio.jobs.queue import Held, JobQueue
from herofactory.studio.jobs.workshop import Workshop

POLL_S = 1.0
"""Seconds between two looks at the queue that nobody asked for."""
TEND_S = 0.5
"""Seconds between two looks at our own jobs: leases, cancels, progress."""
RENEW_S = 1.0
STOP_S = 2.5
"""Seconds that jobs have to be given back when the bridge stops."""
MISSING_S = 30.0
"""Seconds that a job waits for another bridge, which may have the models that our servers lack."""
_FAILURES = (psycopg.Error, PoolTimeout)
_log = get_logger(__name__)


class Bridge:
    def __init__(
        self,
        name: str,
        queue: JobQueue,
        backends: Sequence[Backend],
        workshop: Workshop,
        bus: ProgressBus,
        clock: Clock,
        *,
        poll_s: float = POLL_S,
        missing_s: float = MISSING_S,
        reached: Reached | None = None,
    ) -> None:
        """`name`: of this process, as rows of jobs tell who has them. `reached` is told of every stage."""
        self._name = name
        self._queue = queue
        self._stations = [Station(backend) for backend in backends]
        self._workshop = workshop
        self._bus = bus
        self._clock = clock
        self._poll_s = poll_s
        self._missing_s = missing_s
        self._reached = reached
        self._renewed_at = float("-inf")
        self._taken = 0

    async def run(self) -> None:
        """Until cancelled; then every job is given back to whoever comes next."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tend())
                for station in self._stations:
                    tasks.create_task(station.watch())
                    tasks.create_task(self._serve(station))
        finally:
            await self._stop()

    def wake(self) -> None:
        """There is a new job."""
        for station in self._stations:
            station.turn.set()

    def report(self) -> tuple[str, Mapping[str, Any]]:
        """State and detail of this part, for health: one look tells what is wrong with which server."""
        serving = [station for station in self._stations if station.health.serving]
        ill = [station for station in self._stations if station.health.state != "ok"]
        state = "running" if serving else "waiting for a server"
        if ill:
            troubles = (f"{each.backend.server} is {each.health.state}: {each.health.detail}" for each in ill)
            state = f"{state}; {'; '.join(troubles)}" if not serving else state
        return state, {"taken": self._taken, "servers": [station.told() for station in self._stations]}

    # -- taking

    async def _serve(self, station: Station) -> None:
        while True:
            station.turn.clear()
            if not await self._take(station):
                await _within(station.turn.wait(), self._poll_s)

    async def _take(self, station: Station) -> bool:
        if not station.is_free:
            return False
        backend, served = station.backend, station.served(self._workshop.presets)
        try:
            job = await self._queue.claim(self._name, backend.kind, backend.server, served, station.slots)
            if job is None:
                return await self._refuse(station)
        except _FAILURES as error:
            _log.warning("the queue cannot be asked", error=str(error))
            return False
        self._taken += 1
        teller = Teller(self._bus, self._clock, job, shrink, self._reached)
        station.begin(Attempt(job, backend, self._queue, self._workshop, teller))
        return True

    async def _refuse(self, station: Station) -> bool:
        """Fails a job whose preset no server of ours can do, once each was seen and no other bridge took it."""
        if not all(each.health.serving for each in self._stations):
            return False
        presets = self._workshop.presets
        able = {preset for each in self._stations for preset in each.served(presets)}
        if able.issuperset(presets):
            return False
        backend = station.backend
        job = await self._queue.claim(
            self._name, backend.kind, backend.server, list(able), station.slots, served=False, waited_s=self._missing_s
        )
        if job is None:
            return False
        lacking = ", ".join(station.health.lacking.get(job.request.preset, ())) or "its models"
        with suppress(LeaseLost):
            await self._queue.fail(job, "MODEL_MISSING", f"no server has what {job.request.preset} needs: {lacking}")
        return True

    # -- keeping

    async def _tend(self) -> None:
        while True:
            try:
                await self._keep()
            except _FAILURES as error:
                _log.warning("leases cannot be renewed", error=str(error))
            await asyncio.sleep(TEND_S)

    async def _keep(self) -> None:
        attempts = self._attempts()
        if attempts and self._clock.monotonic() - self._renewed_at >= RENEW_S:
            self._renewed_at = self._clock.monotonic()
            held = [Held(each.job, each.teller.stage, each.teller.percent) for each in attempts]
            rows = await self._queue.renew(held)
            for each in attempts:
                _heed(each, rows.get(each.job.id))
        for each in attempts:
            await each.teller.tell()

    def _attempts(self) -> list[Attempt]:
        return [attempt for station in self._stations for attempt in station.attempts.values()]

    async def _stop(self) -> None:
        tasks = [task for station in self._stations for task in station.attempts]
        for attempt in self._attempts():
            attempt.interrupt("stopping")
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_S)
            for task in late:
                task.cancel()
        for station in self._stations:
            await station.backend.aclose()


def _heed(attempt: Attempt, row: Job | None) -> None:
    if row is None:
        attempt.interrupt("lost")
    elif row.cancel_wanted:
        attempt.interrupt("cancelled")


async def _within(waiting: Any, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await waiting
    except TimeoutError:
        return
