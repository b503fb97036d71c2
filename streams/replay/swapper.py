"""Puts a generation in the place of the one in use, takes that back, and deletes what is not in use.

Every step may be repeated: killed in the middle of one, the same step finishes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from herofactory.platform.clock import Clock
from herofactory.platform.delivery import parked_postgres
from herofactory.platform.delivery.letters import catch_up
from herofactory.platform.delivery.letters import store as letters
from herofactory.platform.eventlog.port import EventLog, GroupBusy
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.replay.generations import Generation
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays, refuse
from herofactory.platform.replay.target import LivesOn, ReplayRefused, Target
from herofactory.platform.replay.verification import Verification
from streams.groups import group_of
from streams.replay.following import agents_of, ends_of, reached, readers

LAG_S = 10.0
"""A generation may be put in use when it takes no longer than this to deal with all there is."""
LEFT_WITHIN_S = 60.0
"""That the worker may take to stop following a generation."""
_LOOK_S = 0.2


class Swapper:
    """One step at a time per target: the caller holds a lock. Raises LookupError and ReplayRefused."""

    def __init__(self, target: Target, database: Database, replays: Replays, log: EventLog, clock: Clock) -> None:
        self._target, self._database, self._replays, self._log, self._clock = target, database, replays, log, clock

    async def swap(self, replay_id: UUID, *, force: bool = False) -> Replay:
        """Readers use its generation from now on; the one before is kept and goes on following."""
        replay = await self._get(replay_id)
        if replay.state == "swapped":
            return replay
        refuse(replay, "swap")
        before, after = await self._pair(replay)
        if not force:
            _refuse_unverified(replay, before)
        await self._refuse_second(replay)
        if Plan.from_json(replay.plan).complete and not force:
            agents = await agents_of(self._target)
            ends = await asyncio.to_thread(ends_of, self._log, self._target.sources)
            await reached(self._log, self._clock, readers(agents, after.number), ends, LAG_S)
        async with self._database.transaction() as transaction:
            await self._replays.takes_the_place_of(transaction, replay.id, before.number)
        await self._target.activate(after.number, after.place)
        async with self._database.transaction() as transaction:
            await generations.activate(transaction, replay.target, after.number)
            # Once it is in use it has to be kept up, also where its plan ended somewhere.
            await generations.follow(transaction, replay.target, after.number)
            return await self._replays.come_to(transaction, replay.id, "swapped")

    async def rollback(self, replay_id: UUID) -> Replay:
        """Readers use the generation before it again, which has followed all the time: nothing is lost."""
        replay = await self._get(replay_id)
        if replay.state == "rolled_back":
            return replay
        refuse(replay, "rollback")
        found = {each.number: each for each in await self._generations()}
        before = found.get(replay.replaced or 0)
        if before is None or before.state != "following":
            raise ReplayRefused(
                f"generation {replay.replaced} of {replay.target} is being deleted, or was: its `clean` has begun. "
                "Finish that with `hero replay clean`, and replay again to get back"
            )
        await self._target.activate(before.number, before.place)
        async with self._database.transaction() as transaction:
            await generations.activate(transaction, replay.target, before.number)
            return await self._replays.come_to(transaction, replay.id, "rolled_back")

    async def clean(self, replay_id: UUID) -> Replay:
        """Delete the one of its two generations that is not in use, with its groups. The end of the replay."""
        replay = await self._get(replay_id)
        if replay.state == "cleaned":
            return replay
        refuse(replay, "clean")
        number = replay.replaced if replay.state == "swapped" else replay.generation
        if replay.state == "swapped" and isinstance(self._target, LivesOn):
            number = replay.generation
            async with self._database.transaction() as transaction:
                await generations.activate(transaction, replay.target, generations.FIRST)
        found = await self._generations()
        for each in found:
            if each.active:  # for readers too: a swap or a rollback may have been broken off half way
                await self._target.activate(each.number, each.place)
        for each in found:
            if each.number == number:
                await self._delete(each)
        async with self._database.transaction() as transaction:
            if number:
                await generations.remove(transaction, replay.target, number)
            return await self._replays.come_to(transaction, replay.id, "cleaned")

    async def _delete(self, generation: Generation) -> None:
        if generation.active:
            raise ReplayRefused(
                f"generation {generation.number} of {generation.target} is in use: swap or roll back first"
            )
        async with self._database.transaction() as transaction:
            await generations.leave(transaction, generation.target, generation.number)
        agents = [replace(agent, generation=generation.number) for agent in await agents_of(self._target)]
        groups = [group_of(agent.label) for agent in agents]
        await self._left(groups)
        await self._target.drop(generation.number, generation.place)
        for group in groups:
            await asyncio.to_thread(self._log.forget_group, group)
        labels = [agent.label for agent in agents]
        await catch_up(self._log, self._database)  # nobody sets anything aside under these labels any more
        async with self._database.transaction() as transaction:
            await parked_postgres.forget(transaction, labels)
            await letters.forget(transaction, labels)

    async def _left(self, groups: Sequence[str]) -> None:
        """The worker sees that the generation is to go, and stops its agents. Raises GroupBusy."""
        deadline = self._clock.monotonic() + LEFT_WITHIN_S
        for group in groups:
            while members := await asyncio.to_thread(self._log.members, group):
                if self._clock.monotonic() >= deadline:
                    raise GroupBusy(
                        f"group {group} still has {members} members after {LEFT_WITHIN_S:g} s: a worker of an older "
                        "version, or one that hangs, reads under it; stop it and clean again"
                    )
                await self._clock.sleep(_LOOK_S)

    async def _get(self, replay_id: UUID) -> Replay:
        async with self._database.connection() as connection:
            return await self._replays.get(connection, replay_id)

    async def _generations(self) -> Sequence[Generation]:
        async with self._database.connection() as connection:
            return await generations.of(connection, self._target.name)

    async def _pair(self, replay: Replay) -> tuple[Generation, Generation]:
        return pair_of(replay, await self._generations())

    async def _refuse_second(self, replay: Replay) -> None:
        async with self._database.connection() as connection:
            others = await self._replays.list(connection, replay.target)
        for other in others:
            if other.id != replay.id and other.state == "swapped":
                raise ReplayRefused(
                    f"replay {other.id} of {replay.target} is swapped in, and can still be rolled back: clean it first"
                )


def pair_of(replay: Replay, found: Sequence[Generation]) -> tuple[Generation, Generation]:
    """What is, or was, in use beside the replay's, and the replay's. Raises ReplayRefused."""
    by_number = {each.number: each for each in found}
    new = by_number.get(replay.generation)
    active = next((each for each in found if each.active), None)
    old = by_number.get(replay.replaced or 0) if new is active else active
    for number, each in ((replay.generation, new), (replay.replaced, old)):
        if each is None or each.state == "dropping":
            raise ReplayRefused(f"generation {number} of {replay.target} is deleted, or about to be: plan again")
    assert old is not None
    assert new is not None
    return old, new


def _refuse_unverified(replay: Replay, before: Generation) -> None:
    found = Verification.from_json(replay.verification) if replay.verification else None
    if found is None or replay.state == "following":
        why = "it is not verified yet: `hero replay verify`"
    elif not found.passed or replay.state == "differs":
        why = f"its verification says: {found.verdict}"
    elif found.against != before.number:
        why = f"it was compared with generation {found.against}, and {before.number} is in use now: verify again"
    else:
        return
    raise ReplayRefused(f"replay {replay.id} is not swapped in: {why} (--force does it nevertheless)")
