"""One run of a replay: from where the last one ended to the live end, to its bounds, or to a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.replay import generations
from herofactory.platform.replay.filter import Filter
from herofactory.platform.replay.live_lag import LiveLag
from herofactory.platform.replay.lock import Held
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import ReplayRefused, Target
from herofactory.platform.replay.throttle import Throttle
from streams.groups import GROUP_PREFIX
from streams.replay.filling import Filling
from streams.replay.ground import Ground
from streams.replay.pages import stamping
from streams.replay.patience import patiently
from streams.replay.progress import Meter, Progress
from streams.replay.refusals import SHARE
from streams.replay.registry import groups_of
from streams.replay.sample import Halted
from streams.replay.snapshot import takes_snapshots

TOLD_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Means:
    """What a runner gives to each of its runs."""

    ground: Ground
    replays: Replays
    publisher: Publisher
    on_progress: Callable[[Progress], None]
    handover_s: float


class Run:
    def __init__(self, means: Means, replay: Replay, target: Target, held: Held) -> None:
        self._means, self._ground, self._replays = means, means.ground, means.replays
        self._replay, self._target, self._held = replay, target, held
        self._plan = Plan.from_json(replay.plan)
        self._meter = Meter(self._ground.clock, self._plan.records)
        self._started_at = self._ground.clock.now()
        """When its first run began."""
        self._rows = 0
        self._filling: Filling | None = None
        """Once it has begun."""
        self.done = replay.done
        """Records dealt with."""

    async def until(self, stop: asyncio.Event) -> bool:
        """True: filled. False: stopped. Raises what makes it fail."""
        throttle = await self._throttle()
        fill, asked = asyncio.create_task(self._whole(throttle)), asyncio.create_task(stop.wait())
        beside = [asyncio.create_task(throttle.watch()), asyncio.create_task(self._tell(throttle))]
        tasks = (fill, asked, *beside)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.done = self._show(throttle)
        for task in (*beside, fill):
            if not task.cancelled() and (error := task.exception()):
                raise error
        return not fill.cancelled()

    async def _whole(self, throttle: Throttle) -> None:
        plan = self._plan
        await self._write_down_generation("")
        place = await self._target.create(plan.generation, plan.options)
        await self._write_down_generation(place)
        async with self._target.writing(plan.generation, place) as agents:
            filling = self._new_filling(agents, throttle)
            await self._begin(filling)
            self._filling = filling
            if plan.source == "database":
                await self._copy(place, throttle)
            await filling.to_the_bounds()
            if plan.complete:
                await filling.to_the_live_end(self._means.handover_s)
                await self._refuse_late(1.0)

    # -- beginning

    async def _write_down_generation(self, place: str) -> None:
        """Before anything of it is made, too: `clean` deletes what is written down."""
        async with self._ground.database.transaction() as transaction:
            await generations.add(transaction, self._plan.target, self._plan.generation, place)

    def _new_filling(self, agents: Sequence[Agent], throttle: Throttle) -> Filling:
        plan, values = self._plan, self._ground.values
        stamp = stamping(self._replay.id, Filter.parse(plan.filter, values) if plan.filter else None)
        return Filling(self._ground, plan, agents, self._means.publisher, throttle, stamp)

    async def _throttle(self) -> Throttle:
        async with self._ground.database.connection() as connection:
            filled = {
                (each.target, each.number) for each in await generations.of(connection) if each.state == "filling"
            }
        filled.add((self._plan.target, self._plan.generation))
        # What replays fill is behind for as long as they run; they do not wait for each other.
        others = {group for target, number in filled for group in groups_of(target, number)}
        lag = LiveLag(
            self._ground.log,
            self._ground.clock,
            lambda group: group.startswith(GROUP_PREFIX) and group not in others,
        )
        return Throttle(self._ground.clock, lag, rate=self._plan.rate, max_lag_s=self._plan.max_lag_s)

    async def _begin(self, filling: Filling) -> None:
        async with self._ground.database.connection() as connection:
            milestones = await self._replays.milestones(connection, self._replay.id)
        if milestones.started_at is None:
            await filling.begin()
        else:
            self._started_at = milestones.started_at
            await self._refuse_late(SHARE)
        async with self._ground.database.transaction() as transaction:
            await self._replays.start(transaction, self._replay.id)
            await self._replays.come_to(transaction, self._replay.id, "running")
        await filling.resume()

    async def _refuse_late(self, share: float) -> None:
        """Raises ReplayRefused where a deletion may have been forgotten before it was read."""
        configs = await patiently(self._ground.clock, self._ground.log.topics)
        age = (self._ground.clock.now() - self._started_at).total_seconds()
        for topic in self._target.sources:
            if configs[topic].compacted and age > share * configs[topic].delete_retention_s:
                raise ReplayRefused(
                    f"it began {age / 3600:,.1f} h ago, and {topic} forgets deletions after "
                    f"{configs[topic].delete_retention_s / 3600:,.1f} h: some may be missed. Clean it, and plan anew"
                )

    async def _copy(self, place: str, throttle: Throttle) -> None:
        """Rows of the database; all over again where a run before did not come to their end."""
        target = self._target
        if not takes_snapshots(target):
            raise ReplayRefused(f"{target.name} cannot be made from the database, only from its topics")
        async with self._ground.database.connection() as connection:
            milestones = await self._replays.milestones(connection, self._replay.id)
        if milestones.copied_at is None:
            async for rows in target.from_database(self._plan.generation, place):
                async with throttle.turn(rows - self._rows):
                    self._rows = rows
            async with self._ground.database.connection() as connection:
                await self._replays.copied(connection, self._replay.id)
        self._rows = self._plan.rows

    async def _tell(self, throttle: Throttle) -> None:
        """Returns when somebody wants the replay to stop. Raises Halted, ReplayBusy."""
        wanted = None
        while wanted != "stop":
            filling = self._filling
            if filling and (fault := filling.fault()):
                raise Halted(fault)
            done = self._show(throttle)
            with suppress(psycopg.OperationalError):  # an outage: the agents wait for its end, too
                wanted = await self._write_down(done)
            await self._ground.clock.sleep(TOLD_EVERY_S)

    def _show(self, throttle: Throttle) -> int:
        """Records dealt with."""
        filling, done = self._filling, self._count()
        waiting, set_aside = (filling.waiting(), filling.set_aside()) if filling else (None, 0)
        self._means.on_progress(self._meter.at(done, throttle.live_lag_s, waiting, set_aside))
        return done

    async def _write_down(self, done: int) -> str | None:
        await self._held.check()
        async with self._ground.database.connection() as connection:
            await self._replays.progress(connection, self._replay.id, done)
            return (await self._replays.get(connection, self._replay.id)).wanted

    def _count(self) -> int:
        if self._filling is None:
            return self._replay.done
        return min(self._rows + self._filling.done(), self._plan.records)
