"""Takes chunks of records through an agent: only what is stored may be acked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from herofactory.platform.clock import Clock, SystemClock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.batch import Batch
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.lanes import Lanes
from herofactory.platform.delivery.limit import Breaker
from herofactory.platform.delivery.ordered import Ordered
from herofactory.platform.delivery.outlet import Outlet
from herofactory.platform.delivery.parked import ParkedKeys
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.redriven import restore
from herofactory.platform.delivery.retrier import Retrier
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.delivery.status import AgentStatus, StatusBoard
from herofactory.platform.delivery.storage import Storage
from herofactory.platform.delivery.values import Values
from herofactory.platform.records import Record
from herofactory.platform.telemetry.metrics import Metrics, NoMetrics


class ChunkProcessor:
    """One per agent and process. Any number of partitions may share it, one chunk of each at a time."""

    def __init__(
        self,
        agent: Agent,
        *,
        publisher: Publisher,
        values: Values,
        clock: Clock | None = None,
        metrics: Metrics | None = None,
        parked: ParkedKeys | None = None,
        random: Random | None = None,
    ) -> None:
        """Raises ValueError for an ordered agent without `parked`."""
        if agent.ordered and parked is None:
            raise ValueError(f"agent {agent.name} is ordered and so needs `parked`, a store of parked keys")
        clock, metrics = clock or SystemClock(), metrics or NoMetrics()
        self.agent = agent
        self._clock = clock
        self._metrics = metrics
        self._board = StatusBoard(agent.label, clock, metrics, agent.retry.pause_after_s)
        breaker = Breaker(agent.limit, clock, self._board)
        retrier = Retrier(agent, clock, self._board, breaker, metrics, random or Random())  # noqa: S311 (jitter)
        settler = Settler(agent, values, clock, retrier, breaker)
        lines = parked if agent.ordered else None
        ordered = Ordered(agent, settler, retrier, lines) if lines else None
        self._way: Batch | Lanes = (
            Batch(agent.handle_batch, settler) if agent.handle_batch else Lanes(agent, settler, ordered)
        )
        self._storage = Storage(agent, publisher, retrier, settler, breaker, lines)

    def status(self) -> AgentStatus:
        return self._board.status()

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Whoever reads for this agent found that retention took the records between these offsets, `end` excluded."""
        self._board.missed(topic, partition, start, end)

    async def process(self, records: Sequence[Record]) -> None:
        """One chunk, of one partition. Returns once the fate of every record is stored: its effect and its outputs, or
        its dead letter. Only then may the chunk be acked. Fates are stored as they come, those of one key in order.

        While a dependency is down or the agent is halted it does not return; `status` says why. It raises only
        CancelledError (cancel it to give the chunk back: nothing is to be acked), or a fault of its own.
        """
        if records and records[0].topic == self.agent.retry_topic:
            records = restore(records, self.agent.label)
        if not records:
            return
        began = self._clock.monotonic()
        with self._board.in_flight(len(records)):
            outlet = Outlet(self._store, self._passed)
            async with asyncio.TaskGroup() as tasks:
                storing = tasks.create_task(outlet.run())
                await self._way.settle(records, outlet)
                outlet.close()
            stored = storing.result()
            if stored != len(records):
                raise RuntimeError(f"agent {self.agent.name}: {stored} fates for {len(records)} records")
        self._metrics.observe("hero_agent_chunk_seconds", self._clock.monotonic() - began, agent=self.agent.label)

    async def _store(self, fates: Sequence[Fate]) -> None:
        self._report(await self._storage.store(fates))

    def _passed(self, done: int, *, dead: int = 0, outputs: int = 0) -> None:
        self._board.stored(done=done, dead=dead, outputs=outputs)
        self._metrics.count("hero_agent_records_total", done, agent=self.agent.label, result="done")

    def _report(self, fates: Sequence[Fate]) -> None:
        name = self.agent.label
        letters = [fate.letter for fate in fates if fate.letter]
        done, outputs = len(fates) - len(letters), [message.topic for fate in fates for message in fate.outputs]
        self._passed(done, dead=len(letters), outputs=len(outputs))
        for topic in sorted(set(outputs)):
            self._metrics.count("hero_agent_outputs_total", outputs.count(topic), agent=name, topic=topic)
        for letter in letters:
            self._metrics.count("hero_agent_records_total", agent=name, result="dead")
            self._metrics.count("hero_dead_letters_total", agent=name, cause=letter.cause)
