"""One task per partition: each goes on by itself, and acks a chunk only when all of it is done.

This is where the runtime differs from a plain Faust agent, whose error path acks and loses events: nothing raised here
reaches Faust.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from faust.types import TP

from herofactory.platform.records import Record
from streams.waiting import wait_for

logger = logging.getLogger(__name__)

Process = Callable[[Sequence[Record]], Awaitable[None]]
"""Returns when a chunk's effects are stored. Retries outages itself, so it may take as long as they do."""

FAULT_PAUSE_S = 5.0
"""After an error of the processor itself, which should have none, the same chunk is tried again."""


@dataclass(frozen=True, slots=True)
class Rest:
    """After a chunk of fewer than `below` records that no other one waits behind: `Agent.rest_s`."""

    seconds: float = 0.0
    below: int = 0


class Partitions:
    """The partitions of one agent in this process. `unacked` is Faust's set of messages that a rebalance waits for."""

    def __init__(self, process: Process, unacked: Callable[[], set[Any]], rest: Rest | None = None) -> None:
        self._process, self._unacked, self._rest = process, unacked, rest or Rest()
        self._running: dict[TP, _Partition] = {}
        self._closed_generation: int | None = None
        self._closed = False

    @property
    def fault(self) -> str | None:
        return next((partition.fault for partition in self._running.values() if partition.fault), None)

    def put(self, event: Any) -> None:
        """Take a Faust event. Bounded by the transport, which delivers no more than a few chunks ahead."""
        message = event.message
        if self._closed or message.generation_id == self._closed_generation:
            self._unacked().discard(message)
            return
        partition = self._running.get(message.tp)
        if partition is None:
            partition = self._running[message.tp] = _Partition(message.tp, self._process, self._unacked(), self._rest)
        partition.put(event)

    def let_go(self, generation: int, grace_s: float) -> list[asyncio.Task[None]]:
        """Start no more chunks of this generation. What is in work has `grace_s`, then it is cancelled, un-acked."""
        self._closed_generation = generation
        partitions, self._running = list(self._running.values()), {}
        return [partition.let_go(grace_s) for partition in partitions]

    async def stop(self, generation: int, grace_s: float) -> None:
        """Let go for good."""
        self._closed = True
        tasks = self.let_go(generation, grace_s)
        if tasks:
            await asyncio.wait(tasks)


class _Partition:
    def __init__(self, tp: TP, process: Process, unacked: set[Any], rest: Rest) -> None:
        self._tp, self._process, self._unacked, self._rest = tp, process, unacked, rest
        self._waiting: deque[Any] = deque()
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self.fault: str | None = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"{tp.topic}-{tp.partition}")

    def put(self, event: Any) -> None:
        self._waiting.append(event)
        self._wake.set()

    def let_go(self, grace_s: float) -> asyncio.Task[None]:
        self._closing.set()
        self._wake.set()
        while self._waiting:
            self._unacked.discard(self._waiting.popleft().message)
        cancel = asyncio.get_running_loop().call_later(grace_s, self._task.cancel)
        self._task.add_done_callback(lambda _: cancel.cancel())
        return self._task

    async def _run(self) -> None:
        while not self._closing.is_set():
            if self._waiting:
                event = self._waiting.popleft()
                few = len(event.value) < self._rest.below
                await self._finish(event)
                del event  # a rebalance waits for messages that somebody still refers to
                if few and not self._waiting:
                    await wait_for(self._closing, self._rest.seconds)
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _finish(self, event: Any) -> None:
        try:
            while not await self._try(event.value):  # noqa: ASYNC110
                await asyncio.sleep(FAULT_PAUSE_S)  # a retry, not a poll
        except BaseException:
            # Cancelled: the chunk goes back. Faust still refers to it, so its weak set does not forget it by itself.
            self._unacked.discard(event.message)
            raise
        event.ack()

    async def _try(self, records: Sequence[Record]) -> bool:
        try:
            await self._process(records)
        except Exception as error:
            self.fault = f"{type(error).__name__}: {error}"
            logger.exception("fault while processing %s from offset %d", self._tp, records[0].offset)
            return False
        self.fault = None
        return True
