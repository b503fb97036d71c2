"""The agents of a worker: those that are always there, and those of the generations that replays have made.

Which generations there are is asked of the database again and again: agents come and go while the others work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg_pool import PoolTimeout

from cli.in_use import InUse, Unit, replaced
from herofactory.platform.delivery import Agent
from herofactory.platform.eventlog.port import LogError
from herofactory.platform.replay import generations
from herofactory.platform.replay.generations import FIRST, Generation
from herofactory.platform.telemetry.logging import get_logger
from streams.replay.following import Reader, ends_of, is_reached, readers
from streams.replay.ground import Ground
from streams.replay.registry import made_by, open_target
from streams.runtime import AgentHealth, Worker

LOOK_S = 1.0
RETRY_S = 2.0
"""Before a follower that could not be started is tried again."""
Opening = Callable[[], AbstractAsyncContextManager[Sequence[Agent]]]
Work = Callable[[], Coroutine[None, None, None]]
Hire = Callable[[Sequence[Agent], Callable[[], bool]], Worker]
"""Makes the worker of some agents, whose outputs are published while the function says so."""


@dataclass(frozen=True, slots=True)
class Live:
    """An agent that is there from the beginning, until its generation is replaced and cleaned."""

    name: str
    sources: tuple[str, ...]
    opening: Opening

    @classmethod
    def of(cls, agent: Agent) -> Live:
        return cls(agent.name, agent.sources, lambda: nullcontext((agent,)))


class Followers:
    """Run it once. Raises what a live agent raises that cannot start or crashed: the process should end then."""

    def __init__(self, live: Sequence[Live], ground: Ground, hire: Hire) -> None:
        self._live = {each.name: each for each in live}
        self._ground, self._hire = ground, hire
        self._in_use = InUse()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[str] = set()
        self._workers: dict[str, Worker] = {}
        self._joined: set[str] = set()
        self._reasons: dict[str, str] = {"": "starting"}

    @property
    def sources(self) -> frozenset[str]:
        """Topics that live agents read."""
        return frozenset(source for each in self._live.values() for source in each.sources)

    @property
    def reasons(self) -> Sequence[str]:
        """Why some agents do not work, for health and `hero status`."""
        return list(self._reasons.values())

    @property
    def joining(self) -> Collection[str]:
        """Labels of followers that have not begun yet: nobody waits for them."""
        return {
            agent.status.agent
            for name, worker in self._workers.items()
            if name not in self._live and name not in self._joined
            for agent in worker.health()
        }

    def health(self) -> Sequence[AgentHealth]:
        return [agent for _, worker in sorted(self._workers.items()) for agent in worker.health()]

    async def run(self) -> None:
        """Until cancelled; then all agents leave in an orderly way."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                if (found := await self._generations()) is not None:
                    for unit in self._in_use.look(found):
                        tasks.create_task(self._hand_over(unit))
                    self._reconcile(tasks, found)
                await asyncio.sleep(LOOK_S)

    async def _generations(self) -> Sequence[Generation] | None:
        try:
            async with self._ground.database.connection() as connection:
                found = await generations.of(connection)
        except (psycopg.OperationalError, PoolTimeout) as error:
            if "" in self._reasons:  # otherwise all go on as they are
                self._reasons[""] = f"waiting for the database: {' '.join(str(error).split())[:200]}"
            return None
        self._reasons.pop("", None)
        return found

    # -- who works

    def _wanted(self, found: Sequence[Generation]) -> Mapping[str, Work]:
        gone = replaced(found, made_by)
        work: dict[str, Work] = {
            name: partial(self._keep, each) for name, each in self._live.items() if name not in gone
        }
        for each in found:
            if each.number != FIRST and each.state == "following":
                work[_name(each.target, each.number)] = partial(self._follow, each)
        return work

    def _reconcile(self, tasks: asyncio.TaskGroup, found: Sequence[Generation]) -> None:
        wanted = self._wanted(found)
        for name, task in self._tasks.items():
            if name not in wanted and name not in self._leaving:
                self._leaving.add(name)
                task.cancel()
        for name, work in wanted.items():
            if name not in self._tasks:
                task = self._tasks[name] = tasks.create_task(work())
                task.add_done_callback(partial(self._left, name))

    def _left(self, name: str, _: object) -> None:
        self._tasks.pop(name, None)
        self._leaving.discard(name)
        self._reasons.pop(name, None)

    async def _keep(self, live: Live) -> None:
        async with live.opening() as agents:
            await self._employ(live.name, agents, partial(self._tells_first, live.name))

    async def _follow(self, generation: Generation) -> None:
        name = _name(generation.target, generation.number)
        logger = get_logger(__name__).bind(target=generation.target, generation=generation.number)
        tells = partial(self._in_use.tells, generation.target, generation.number)
        while True:
            try:
                target = open_target(generation.target, self._ground)
                async with target.writing(generation.number, generation.place) as agents:
                    logger.info("following")
                    await self._employ(name, agents, tells)
            except Exception as error:  # noqa: BLE001  (no follower may take the live agents down with it)
                first = _first(error)
                if name not in self._reasons:
                    logger.warning("a generation is not followed; trying again", error=repr(first))
                self._reasons[name] = f"generation {generation.number} of {generation.target} is not followed: {first}"
            await asyncio.sleep(RETRY_S)

    async def _employ(self, name: str, agents: Sequence[Agent], tells: Callable[[], bool]) -> None:
        worker = self._workers[name] = self._hire(agents, tells)
        try:
            await worker.start()
            self._joined.add(name)
            self._reasons.pop(name, None)
            await worker.wait()
        finally:
            await worker.stop()
            self._joined.discard(name)
            del self._workers[name]

    # -- who tells

    def _tells_first(self, agent: str) -> bool:
        return all(self._in_use.tells(target, FIRST) for target in self._in_use.targets if agent in made_by(target))

    async def _hand_over(self, unit: Unit) -> None:
        """Other workers notice a little later than this one; from then on the old generation has to come to where the
        new one was."""
        target, number = unit
        names = made_by(target) if number == FIRST else [_name(target, number)]
        try:
            await asyncio.sleep(2 * LOOK_S)
            waited = [each for name in names if name in self._workers for each in self._readers(name, number)]
            topics = sorted({topic for each in waited for topic in each.topics})
            ends = await asyncio.to_thread(ends_of, self._ground.log, topics)
            while not await asyncio.to_thread(is_reached, self._ground.log, waited, ends):
                if not any(name in self._workers for name in names):
                    return
                await asyncio.sleep(LOOK_S)
        except LogError as error:
            get_logger(__name__).warning("cannot see what is left to tell", target=target, error=str(error))
        finally:
            self._in_use.handed_over(unit)

    def _readers(self, name: str, generation: int) -> Sequence[Reader]:
        return readers(self._workers[name].agents, generation)


def _name(target: str, generation: int) -> str:
    return f"{target}.g{generation}"


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
