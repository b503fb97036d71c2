"""Steps of replays, as commands and the worker's children take them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, closing
from uuid import NAMESPACE_URL, UUID, uuid5

from cli.ground import open_ground
from cli.replay_choice import choose
from cli.running import existing_log
from herofactory.platform.outbox import Outbox
from herofactory.platform.replay import generations
from herofactory.platform.replay.lock import ReplayBusy, only_one
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay, State, Step
from herofactory.platform.replay.store import Replays, refuse
from herofactory.platform.replay.target import ReplayRefused
from herofactory.platform.replay.verification import Verification
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.progress import Meter, Progress
from streams.replay.registry import open_target
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.replay.swapper import Swapper, pair_of
from streams.replay.verifier import Verifier

LOOK_S = 0.5
STOP_WITHIN_S = 60.0
NOTHING_MADE: Collection[State] = ("requested", "refused")
"""States in which a replay has no generation yet."""
Tell = Callable[[Progress], None]
Say = Callable[[str], None]


class Steps:
    """All raise ReplayRefused and LookupError."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self.database = ground, ground.database
        self.replays = Replays(Outbox(ground.codec))
        self._planner = Planner(ground, self.replays)

    # -- looking

    async def get(self, replay_id: UUID) -> Replay:
        async with self.database.connection() as connection:
            return await self.replays.get(connection, replay_id)

    async def all(self, target: str | None = None, *, ended: bool = False) -> Sequence[Replay]:
        async with self.database.connection() as connection:
            return await self.replays.list(connection, target, ended=ended)

    async def chosen(self, named: str | None, step: Step) -> Replay:
        """`named`: an id, a target, or nothing where just one replay can be meant."""
        return choose(await self.all(ended=True), named, step)

    # -- planning

    async def draft(self, request: Request) -> Plan:
        return await self._planner.draft(request)

    async def save(self, plan: Plan) -> Replay:
        return await self._planner.save(plan)

    async def plan(self, replay_id: UUID) -> Replay:
        """What was asked for over the API."""
        async with only_one(self.database, replay_id):
            replay = await self.get(replay_id)
            refuse(replay, "plan")
            try:
                plan = await self._planner.draft(Request(**replay.plan))
                if not plan.refusals:
                    return await self._planner.save(plan, asked=replay_id)
            except ReplayRefused as refused:
                async with self.database.transaction() as transaction:
                    return await self.replays.come_to(transaction, replay_id, "refused", cause=str(refused))
            async with self.database.transaction() as transaction:
                return await self.replays.planned(transaction, replay_id, plan)

    # -- the steps

    async def run(self, replay_id: UUID, stop: asyncio.Event, tell: Tell, say: Say) -> Replay:
        """Where another process is at it, watches that until it ends; `stop` then only ends the watching."""
        watching: Meter | None = None
        while True:
            try:
                return await Runner(self._ground, self.replays, on_progress=tell).run(replay_id, stop)
            except ReplayBusy:
                replay = await self.get(replay_id)
                if watching is None:
                    say(f"another process runs replay {replay_id}: watching it")
                    watching = Meter(self._ground.clock, replay.total)
            tell(watching.at(replay.done, 0.0, None))
            if stop.is_set() or not replay.may("run"):
                return replay
            await asyncio.sleep(LOOK_S)
            if not (replay := await self.get(replay_id)).may("run"):
                return replay

    async def stop(self, replay_id: UUID) -> Replay:
        replay = await self.get(replay_id)
        if replay.state == "stopped":
            return replay
        async with self.database.transaction() as transaction:
            await self.replays.want(transaction, replay_id, "stop")
        deadline = self._ground.clock.monotonic() + STOP_WITHIN_S
        while (replay := await self.get(replay_id)).state == "running":
            if await self._stopped_dead(replay_id):
                continue
            if self._ground.clock.monotonic() >= deadline:
                raise ReplayRefused(f"replay {replay_id} was told to stop {STOP_WITHIN_S:g} s ago, and has not yet")
            await asyncio.sleep(LOOK_S)
        return replay

    async def _stopped_dead(self, replay_id: UUID) -> bool:
        """One whose process was killed has nobody to stop it."""
        try:
            async with only_one(self.database, replay_id), self.database.transaction() as transaction:
                if (await self.replays.get(transaction, replay_id)).state == "running":
                    await self.replays.come_to(transaction, replay_id, "stopped")
                return True
        except ReplayBusy:
            return False

    async def verify(self, replay_id: UUID, say: Say = lambda _: None) -> tuple[Replay, Verification]:
        async with only_one(self.database, replay_id):
            replay = await self.get(replay_id)
            refuse(replay, "verify")
            async with self.database.connection() as connection:
                old, new = pair_of(replay, await generations.of(connection, replay.target))
            verifier = Verifier(open_target(replay.target, self._ground), self._ground.log, self._ground.clock)
            complete = Plan.from_json(replay.plan).complete
            found = await verifier.verify(old, new, complete=complete, say=say)
            async with self.database.transaction() as transaction:
                replay = await self.replays.come_to(
                    transaction,
                    replay_id,
                    _verified(replay, found),
                    cause=None if found.passed else found.verdict,
                    verification=found.to_json(),
                )
        return replay, found

    async def swap(self, replay_id: UUID, *, force: bool = False) -> Replay:
        async with self._alone(replay_id) as swapper:
            return await swapper.swap(replay_id, force=force)

    async def rollback(self, replay_id: UUID) -> Replay:
        async with self._alone(replay_id) as swapper:
            return await swapper.rollback(replay_id)

    async def clean(self, replay_id: UUID) -> Replay:
        if cleaned := await self._clean_unplanned(replay_id):
            return cleaned
        async with self._alone(replay_id) as swapper:
            return await swapper.clean(replay_id)

    async def _clean_unplanned(self, replay_id: UUID) -> Replay | None:
        """Whatever its target is: maybe there is none. None of a replay that may have a generation."""
        async with only_one(self.database, replay_id), self.database.transaction() as transaction:
            replay = await self.replays.get(transaction, replay_id)
            if replay.state in NOTHING_MADE:
                return await self.replays.come_to(transaction, replay_id, "cleaned")
            return replay if replay.state == "cleaned" else None

    @asynccontextmanager
    async def _alone(self, replay_id: UUID) -> AsyncIterator[Swapper]:
        """With this replay, and with what its target has in use."""
        replay = await self.get(replay_id)
        ground = self._ground
        async with only_one(self.database, replay_id), only_one(self.database, uuid5(NAMESPACE_URL, replay.target)):
            target = open_target(replay.target, ground)
            yield Swapper(target, self.database, self.replays, ground.log, ground.clock)


def _verified(replay: Replay, found: Verification) -> State:
    if replay.state in ("swapped", "rolled_back"):
        return replay.state
    return "verified" if found.passed else "differs"


@asynccontextmanager
async def open_steps(settings: Settings) -> AsyncIterator[Steps]:
    with closing(existing_log(settings)) as log:
        async with open_ground(settings, log, NoMetrics(), "hero-replay") as (ground, missing):
            with closing(missing):
                yield Steps(ground)
