"""Any agent whose definition says what handling an event again changes: `agent:<name>`.

What it tells is kept back and compared with what its topics hold under the same derived ids; put into use, what
differs is published. What it keeps in tables of its own is keyed by event id or guarded by a revision: that is done
again in place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import derived_id
from herofactory.platform.delivery.publisher import LogPublisher
from herofactory.platform.delivery.replayable import Effects, Replayable
from herofactory.platform.events.headers import REPLAY_ID, REPLAY_OF, REPLAYED_FROM
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.outputs import Output, Outputs
from herofactory.platform.replay.target import BUDGET, Cost, Entry, ReplayRefused
from streams.replay.ground import Ground
from streams.replay.registry import MADE_BY
from streams.replay.targets.kept_back import Allow, KeptBack
from streams.replay.targets.spending import Spending

PREFIX = "agent:"
_PAGE = 2_000
_ASKED = 500
_IDLE_LOOK_S = 1.0


def make(ground: Ground, name: str) -> AgentTarget:
    """Raises ReplayRefused."""
    if made := [target for target, agents in MADE_BY.items() if name in agents and name not in ground.agents]:
        raise ReplayRefused(f"agent {name} is not replayed by itself; what it makes is the target {made[0]}")
    if name not in ground.agents:
        raise ReplayRefused(f"there is no agent {name!r} to replay; there are: {', '.join(names(ground))}")
    agent = ground.agents[name]()
    if agent.replay is None:
        raise ReplayRefused(f"agent {name} is not declared replayable: its definition says why")
    return AgentTarget(ground, agent, agent.replay)


def names(ground: Ground) -> Sequence[str]:
    return [name for name, made in ground.agents.items() if made().replay]


class AgentTarget:
    expected: Collection[str] = frozenset({"content", "extra", "missing"})
    """It is replayed to tell otherwise. Of what its topics hold only what a replay made as well is looked at, so
    `missing` is what another replay made."""

    lives_on = True

    def __init__(self, ground: Ground, agent: Agent, replay: Replayable, calls: int = 0) -> None:
        self.name = PREFIX + agent.name
        self.sources = agent.sources
        self.effects: Effects = replay.effects
        self._ground, self._agent, self._replay, self._calls = ground, agent, replay, calls
        self._outputs = Outputs(ground.database, self.name)

    def under(self, options: Mapping[str, Any]) -> AgentTarget:
        known = {BUDGET} if self.effects == "external" else set()
        if unknown := options.keys() - known:
            raise ReplayRefused(f"{self.name} has no option {sorted(unknown)[0]!r}; leave it out")
        return AgentTarget(self._ground, self._agent, self._replay, int(options.get(BUDGET, 0)))

    @property
    def notes(self) -> Sequence[str]:
        """For people, with the plan."""
        if self.effects == "none":
            return ()
        return (
            f"agent {self._agent.name} keeps what it does in tables of its own, by event or revision: it is done again "
            "in place, beside the live one, and there is nothing to swap or to roll back but what it tells",
            "the time is that of reading: a trial of its effects would be the replay itself",
        )

    # -- generations

    async def place(self) -> str:
        return ""

    async def create(self, generation: int, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        """The budget."""
        await self.refuse()
        return str(self.under(options)._calls) if self.effects == "external" else ""

    @asynccontextmanager
    async def writing(self, generation: int, place: str) -> AsyncIterator[Sequence[Agent]]:
        async def keep(outputs: Sequence[Output]) -> None:
            await self._outputs.keep(generation, outputs)

        allow: Allow = _allow_all
        if self._replay.answered:
            ground, most = self._ground, int(place or 0)
            allow = Spending(ground.database, ground.clock, self.name, generation, self._replay.answered, most).allow
        yield (KeptBack(self._agent, keep, allow, _Idle(self._ground, self.name, generation)).agent(generation),)

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[Sequence[Agent]]:
        """With its real handler where that changes nothing."""

        async def keep(_: Sequence[Output]) -> None:
            pass

        async def no() -> bool:
            return False

        async def yes() -> bool:
            return True

        kept_back = KeptBack(self._agent, keep, _allow_all, no if self.effects == "none" else yes)
        yield (kept_back.agent(self._agent.generation),)

    async def settled(self, generation: int) -> bool:  # noqa: ARG002
        return True

    async def drop(self, generation: int, place: str) -> None:  # noqa: ARG002
        async with self._ground.database.transaction() as transaction:
            await self._outputs.drop(transaction, generation)

    async def refuse(self) -> None:
        """Raises ReplayRefused where nobody reads any more what the agent makes."""
        for target in [each for each, agents in MADE_BY.items() if self._agent.name in agents]:
            async with self._ground.database.connection() as connection:
                found = await generations.of(connection, target)
            if found and not any(each.number == generations.FIRST and each.state == "following" for each in found):
                raise ReplayRefused(
                    f"what agent {self._agent.name} made at first was replaced by a replay of {target}: replay that"
                )

    # -- cost

    async def cost(self, records: AsyncIterator[Record]) -> Cost:
        """Each record without a stored result is a call; what one costs only its provider knows."""
        assert self._replay.answered is not None
        calls = stored = 0
        page = list[UUID]()
        async for record in records:
            page += _event_id(record)
            if len(page) >= _ASKED:
                found = len(set(await self._replay.answered(page)))
                calls, stored, page = calls + len(set(page)) - found, stored + found, []
        found = len(set(await self._replay.answered(page)))
        return Cost(calls + len(set(page)) - found, stored + found)

    # -- comparing

    async def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:  # noqa: ARG002
        if await self._active() == generation:
            await self._look_at_topics(generation)
        async for entry in self._outputs.entries(generation):
            yield entry

    def scopes(self, record: Record) -> Collection[str]:
        return (record.key.decode(errors="replace"),) if record.key else ()

    async def changes(self, old: int, new: int) -> Mapping[str, int]:
        row = await self._ground.database.fetch_one(
            "SELECT done FROM replays WHERE target = %s AND generation = %s", self.name, new
        )
        return {"records handled again": int(row["done"]) if row else 0} | dict(await self._outputs.changes(old, new))

    # -- telling

    async def activate(self, generation: int, place: str) -> None:  # noqa: ARG002
        """What differs is published, as an event of its own: readers that keep event ids would take the same one for a
        repeat. Event times stay. Broken off and done again, some may be told twice, and the last one counts."""
        before = await self._active()
        if before == generation:
            return
        await self._look_at_topics(before)
        replay_id, moment = await self._replay_of(max(generation, before)), self._ground.clock.now().isoformat()
        publisher = LogPublisher(self._ground.log)
        async for page in self._outputs.differing(generation, before):
            await publisher.publish([_told(output, replay_id, f"{generation} {moment}") for output in page])

    async def _active(self) -> int:
        async with self._ground.database.connection() as connection:
            return await generations.active(connection, self.name)

    async def _replay_of(self, generation: int) -> str:
        async with self._ground.database.connection() as connection:
            return await generations.replay_of(connection, self.name, generation) or ""

    async def _look_at_topics(self, active: int) -> None:
        """What they hold now is what the generation in use says."""
        for topic in await self._outputs.topics():
            for partition, held in (await asyncio.to_thread(self._ground.log.offsets, topic)).items():
                at = held.earliest
                while at < held.end:
                    records = await asyncio.to_thread(self._ground.log.read, topic, partition, at, _PAGE)
                    if not records:
                        break
                    await self._take(records, active)
                    at = records[-1].offset + 1

    async def _take(self, records: Sequence[Record], active: int) -> None:
        told = [Output.of(record) for record in records if _event_id(record)]
        known = await self._outputs.known([output.event_id for output in told], active)
        kept = [replace(output, scope=known[output.event_id]) for output in told if output.event_id in known]
        if kept:
            await self._outputs.keep(active, kept)


class _Idle:
    """A generation that is in use was published, and the live agent goes on: what it would collect nobody needs."""

    def __init__(self, ground: Ground, target: str, generation: int) -> None:
        self._ground, self._target, self._generation = ground, target, generation
        self._looked_at = float("-inf")
        self._idle = False

    async def __call__(self) -> bool:
        now = self._ground.clock.monotonic()
        if now - self._looked_at >= _IDLE_LOOK_S:
            async with self._ground.database.connection() as connection:
                self._idle = await generations.active(connection, self._target) == self._generation
            self._looked_at = now
        return self._idle


async def _allow_all(_: Sequence[Any]) -> None:
    pass


def _told(output: Output, replay_id: str, part: str) -> Outgoing:
    event_id = derived_id(str(output.event_id), output.topic, "replay", part)
    marks = {"event-id": event_id, REPLAY_OF: str(output.event_id), REPLAY_ID: replay_id, REPLAYED_FROM: output.source}
    headers = {**output.headers, **{name: text.encode() for name, text in marks.items() if text}}
    return Outgoing(output.topic, output.key, output.value, headers)


def _event_id(record: Record) -> list[UUID]:
    """None of a record that is no event of ours."""
    try:
        return [UUID(record.headers["event-id"].decode())]
    except (KeyError, ValueError):
        return []
