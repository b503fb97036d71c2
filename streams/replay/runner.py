"""Carries out planned replays. Killed at any point, the next run goes on where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import psycopg

from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.retrier import describe
from herofactory.platform.replay import generations
from herofactory.platform.replay.lock import ReplayBusy, only_one
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay, State
from herofactory.platform.replay.store import Replays, refuse
from herofactory.platform.replay.target import ReplayRefused, Target
from herofactory.platform.telemetry.logging import get_logger
from streams.replay.ground import Ground
from streams.replay.outputs import DeadLettersOnly
from streams.replay.progress import Progress
from streams.replay.registry import open_target
from streams.replay.run import Means, Run

HANDOVER_S = 2.0
"""How far behind the live end the worker takes over."""
SETTLED_WITHIN_S = 30.0
"""For an outage of the database at the very end. Beyond it the replay is as one that was killed."""


class Runner:
    def __init__(
        self,
        ground: Ground,
        replays: Replays,
        *,
        publisher: Publisher | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
        handover_s: float = HANDOVER_S,
    ) -> None:
        """`publisher`: of the agents' outputs; the default takes dead letters only. `on_progress`: about once a second,
        in the event loop."""
        self._ground, self._replays = ground, replays
        self._means = Means(ground, replays, publisher or DeadLettersOnly(ground.log), on_progress, handover_s)
        self._log = get_logger("replay")

    async def run(self, replay_id: UUID, stop: asyncio.Event | None = None, target: Target | None = None) -> Replay:
        """The replay when it is following, stopped (by `stop`, or because that is wanted of it) or failed. One that was
        asked for over the API is still running after `stop`: the worker goes on with it.

        `target` is the registry's unless given. Raises ReplayBusy, ReplayRefused, LookupError.
        """
        async with only_one(self._ground.database, replay_id) as held:
            async with self._ground.database.connection() as connection:
                replay = await self._replays.get(connection, replay_id)
            refuse(replay, "run")
            run = Run(self._means, replay, target or open_target(replay.target, self._ground), held)
            cause = None
            try:
                state: State = "following" if await run.until(stop or asyncio.Event()) else "stopped"
            except Exception as error:
                first = _first(error)
                if isinstance(first, ReplayBusy):
                    raise first from error
                state, cause = "failed", str(first) if isinstance(first, ReplayRefused) else describe(first)
                if not isinstance(first, ReplayRefused):  # that says all there is, to whoever asked
                    self._log.error("replay failed", replay=str(replay_id), exc_info=first)
            return await self._settled(replay, run.done, state, cause)

    async def _settled(self, replay: Replay, done: int, state: State, cause: str | None) -> Replay:
        """Written down, with the generation's, in one transaction."""
        deadline = self._ground.clock.monotonic() + SETTLED_WITHIN_S
        while True:
            try:
                return await self._settle(replay, done, state, cause)
            except psycopg.OperationalError:
                if self._ground.clock.monotonic() > deadline:
                    raise
                await self._ground.clock.sleep(1.0)

    async def _settle(self, replay: Replay, done: int, state: State, cause: str | None) -> Replay:
        plan = Plan.from_json(replay.plan)
        async with self._ground.database.transaction() as transaction:
            await self._replays.progress(transaction, replay.id, done)
            now = await self._replays.get(transaction, replay.id)
            if state == "stopped" and now.wanted == "run":
                return now
            if state == "following" and plan.complete:
                await generations.follow(transaction, plan.target, plan.generation)
            return await self._replays.come_to(transaction, replay.id, state, cause=cause)


def _first(error: BaseException) -> BaseException:
    """Of several at once: the others followed from it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
