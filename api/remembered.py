"""Answers that cost much and change little: made once for all who ask within seconds, few of them at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

KEPT_S = 5.0
AT_ONCE = 2
"""Made at the same time; who asks for another one waits. Figures of 90 days must not take the whole database."""
MOST = 256
T = TypeVar("T")


class Remembered:
    """In this process, on one event loop."""

    def __init__(self, kept_s: float = KEPT_S, now: Callable[[], float] = time.monotonic) -> None:
        self._kept_s = kept_s
        self._now = now
        self._room = asyncio.Semaphore(AT_ONCE)
        self._answers: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    async def answer(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives, or gave for `key` a moment ago. What it raises is raised, and not kept."""
        until, task = self._answers.get(key, (0.0, None))
        if task is None or until <= self._now() or task.cancelled() or (task.done() and task.exception()):
            task = asyncio.create_task(self._make(make))
            self._make_room()
            self._answers[key] = (self._now() + self._kept_s, task)
        # Who asked first may leave; others wait for the same answer.
        answer: T = await asyncio.shield(task)
        return answer

    def forget(self) -> None:
        self._answers.clear()

    async def _make(self, make: Callable[[], Awaitable[T]]) -> T:
        async with self._room:
            return await make()

    def _make_room(self) -> None:
        now = self._now()
        self._answers = {key: kept for key, kept in self._answers.items() if kept[0] > now}
        while len(self._answers) >= MOST:
            del self._answers[next(iter(self._answers))]
