"""Writes of several callers as one: what waits while a write is under way goes into the next one.

An index pays per write (a sync to disk, a commit), hardly per document. Each partition of the mirror hands in its own
documents, a few at a time; one after the other they would wait for as many syncs as there are chunks in front of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from herofactory.search.write import Write, WriteOutcome

Apply = Callable[[Sequence[Write]], Awaitable[Sequence[WriteOutcome]]]
"""`SearchWriter.apply`, off the event loop."""
MOST = 2000
"""Documents in one write: a second's worth of what an index takes."""

_Call = tuple[Sequence[Write], "asyncio.Future[Sequence[WriteOutcome]]"]


class Together:
    """An `Apply` in front of another one, which it calls once at a time. For one event loop."""

    def __init__(self, apply: Apply, most: int = MOST) -> None:
        self._apply = apply
        self._most = most
        self._waiting: list[_Call] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Raises what `apply` raises for these writes alone: where a common one fails, each is tried by itself.

        Who is cancelled takes nothing back: what is on its way is written, as a redelivery would.
        """
        done: asyncio.Future[Sequence[WriteOutcome]] = asyncio.get_running_loop().create_future()
        self._waiting.append((writes, done))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        return await done

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._once(self._taken())
        finally:
            self._task = None

    def _taken(self) -> list[_Call]:
        """The next calls in their order, whole ones, at least one."""
        taken = [self._waiting.pop(0)]
        size = len(taken[0][0])
        while self._waiting and size + len(self._waiting[0][0]) <= self._most:
            taken.append(self._waiting.pop(0))
            size += len(taken[-1][0])
        return taken

    async def _once(self, calls: Sequence[_Call]) -> None:
        waiting = [call for call in calls if not call[1].done()]  # who was cancelled meanwhile gets its turn again
        if not waiting:
            return
        try:
            outcomes = iter(await self._apply([write for writes, _ in waiting for write in writes]))
        except asyncio.CancelledError:
            for _, done in waiting:
                done.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (it is the caller's to deal with)
            if len(waiting) > 1:  # nobody is to be blamed for what another one handed in
                for each in waiting:
                    await self._once([each])
            elif not waiting[0][1].done():
                waiting[0][1].set_exception(error)
            return
        for writes, done in waiting:
            told = [next(outcomes) for _ in writes]
            if not done.done():
                done.set_result(told)
