"""Runs one step until it succeeds or its record has to be rejected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import TypeVar

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.errors import Trouble
from herofactory.platform.delivery.limit import Breaker
from herofactory.platform.delivery.safe_message import safe_message
from herofactory.platform.delivery.status import StatusBoard
from herofactory.platform.telemetry.metrics import Metrics

T = TypeVar("T")


class Rejected(Exception):
    """The step failed for good, because of its record."""

    def __init__(self, error: BaseException, attempts: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.attempts = attempts


@dataclass(slots=True)
class _Tries:
    caller: int
    attempts: int
    rejects: bool
    attempt: int = 1
    outages: int = 0
    probe: bool = False


class Retrier:
    def __init__(
        self, agent: Agent, clock: Clock, board: StatusBoard, breaker: Breaker, metrics: Metrics, random: Random
    ) -> None:
        self._agent = agent
        self._clock = clock
        self._board = board
        self._breaker = breaker
        self._metrics = metrics
        self._random = random
        self._callers = count()

    async def run(self, step: Callable[[int], Awaitable[T]], *, attempts: int | None = None, rejects: bool = True) -> T:
        """The result of `step(attempt)`. Outages are waited out however long they last; a fatal error halts the agent
        and is probed once per cool-down.

        Raises Rejected for poison, and after `attempts` (the agent's, unless given) unknown errors. With
        `rejects=False`, for steps that concern no single record, those are fatal too.
        """
        tries = _Tries(next(self._callers), attempts or self._agent.retry.attempts, rejects)
        try:
            while True:
                try:
                    result = await step(tries.attempt)
                except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 (classified below)
                    await self._failed(error, tries)
                else:
                    if tries.probe:
                        self._breaker.resume()
                    return result
        finally:
            self._board.recovered(tries.caller)

    async def _failed(self, error: BaseException, tries: _Tries) -> None:
        """Returns when it is time to try again."""
        trouble = self._trouble(error)
        if trouble == "outage":
            tries.outages += 1
            await self._wait_out(error, tries)
            return
        tries.outages = 0
        self._board.recovered(tries.caller)
        exhausted = trouble == "poison" or (trouble == "unknown" and tries.attempt >= tries.attempts)
        if trouble == "fatal" or (exhausted and not tries.rejects):
            self._breaker.trip(describe(error))
            tries.probe = await self._breaker.enter()
        elif exhausted:
            raise Rejected(error, tries.attempt) from error
        else:
            await self._clock.sleep(self._agent.retry.delay(tries.attempt, self._random))
            tries.attempt += 1

    def _trouble(self, error: BaseException) -> Trouble:
        if not isinstance(error, asyncio.CancelledError):
            return self._agent.classify(error)
        # Our own cancellation passes. One that leaked out of the handler's own tasks must not end this task in silence:
        # nobody would miss the record, and its chunk would be acked.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise error
        return "unknown"

    async def _wait_out(self, error: BaseException, tries: _Tries) -> None:
        name = type(error).__name__
        self._metrics.count("hero_agent_outages_total", agent=self._agent.label, cause=name)
        self._board.outage(tries.caller, describe(error))
        retry_after = getattr(error, "retry_after", None)
        await self._clock.sleep(self._agent.retry.delay(tries.outages, self._random, retry_after))


def describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {safe_message(error)}".rstrip(": ")
