"""An agent whose outputs are kept back: they become the content of a generation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from herofactory.platform.delivery.agent import OK, Agent, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.records import Outgoing
from herofactory.platform.replay.outputs import Output
from streams.replay.registry import SERIES

Keep = Callable[[Sequence[Output]], Awaitable[None]]
Allow = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Raises where handling them would do what it may not."""
Idle = Callable[[], Awaitable[bool]]
"""Whether there is nothing to do for it any more."""


class KeptBack:
    def __init__(self, agent: Agent, keep: Keep, allow: Allow, idle: Idle) -> None:
        self._agent, self._keep, self._allow, self._idle = agent, keep, allow, idle

    def agent(self, generation: int) -> Agent:
        """Reads as it does, under a group of its own."""
        one = self._one if self._agent.handle else None
        batch = self._batch if self._agent.handle_batch else None
        return replace(
            self._agent, handle=one, handle_batch=batch, generation=generation, series=SERIES, redrivable=False
        )

    async def _one(self, delivery: Delivery) -> Sequence[Outgoing]:
        assert self._agent.handle is not None
        if await self._idle():
            return ()
        await self._allow([delivery])
        if outputs := _outputs(delivery, await self._agent.handle(delivery)):
            await self._keep(outputs)
        return ()

    async def _batch(self, batch: Sequence[Any]) -> Sequence[Outcome]:
        assert self._agent.handle_batch is not None
        if await self._idle():
            return [OK] * len(batch)
        await self._allow([each for each in batch if isinstance(each, Delivery)])
        outcomes = await self._agent.handle_batch(batch)
        # Another number of outcomes is the caller's to refuse.
        pairs = zip(batch, outcomes, strict=False)
        if outputs := [output for each, outcome in pairs for output in _outputs(each, outcome.outputs)]:
            await self._keep(outputs)
        return [replace(outcome, outputs=()) if outcome.outputs else outcome for outcome in outcomes]


def _outputs(handled: Any, messages: Sequence[Outgoing]) -> Sequence[Output]:
    source = scope = ""
    if isinstance(handled, Delivery):
        record = handled.record
        source, scope = f"{record.topic}/{record.partition}/{record.offset}", handled.key
    return [Output.of(message, source, scope) for message in messages]
