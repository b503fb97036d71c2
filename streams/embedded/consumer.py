"""Faust's consumer on the embedded log: its place in the group, positions, fetching, commits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faust.transport.consumer import ensure_TP
from faust.types import TP
from mode import get_logger

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.watch import Snapshot
from herofactory.platform.eventlog.partitioner import partition_of
from herofactory.platform.eventlog.port import LogError
from streams.embedded.bridge import Bridge
from streams.embedded.coordinator import Coordinator
from streams.embedded.positions import Positions
from streams.faust_chunks import ChunkedConsumer, Deliveries
from streams.waiting import wait_for

_logger = get_logger(__name__)

PLAIN_RECORDS = 500
"""Records read at once from a topic without chunks."""


class Consumer(ChunkedConsumer):
    logger = _logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.log_: EmbeddedLog = self.transport.log
        self.topics: Sequence[str] = ()
        group = None if self.app.client_only else self.app.conf.id
        self._positions = Positions(self.log_, group, self._ledger, self._news.set, self._missed)
        self.bridge = Bridge(self.log_, self.loop)
        self.coordinator = Coordinator(self, loop=self.loop, beacon=self.beacon)

    # -- life

    async def on_start(self) -> None:
        self._positions.ends = self.log_.watcher.add(self._on_snapshot).ends
        await self.add_runtime_dependency(self.coordinator)

    async def on_stop(self) -> None:
        await super().on_stop()
        self.log_.watcher.remove(self._on_snapshot)
        with contextlib.suppress(LogError):  # the others expel us after the session timeout
            await self.coordinator.leave()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        # In the watcher's thread. A closed loop wants no news.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._take_snapshot, snapshot)

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        self._positions.ends = snapshot.ends
        self._news.set()
        self.coordinator.on_snapshot(snapshot)

    # -- group

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Raises UnknownTopic: topics are created on purpose, never by reading."""
        wanted = sorted(topics)
        for topic in wanted:
            self.log_.topic_id(topic)
        changed, self.topics = wanted != self.topics, wanted
        if self.app.client_only:
            self._assigned = {TP(topic, n) for topic in wanted for n in range(self.log_.partitions(topic))}
            self._set_active_tps(self._assigned)
            self._positions.start(self._assigned, "latest")
        elif changed:
            await self.coordinator.join()

    async def take_over(self, assigned: set[TP], generation: int) -> None:
        self._assigned = assigned
        self._troubles.clear()
        self._buffered_partitions.clear()
        self._positions.start(assigned, self.app.conf.consumer_auto_offset_reset)
        await self.on_partitions_assigned(assigned, generation)

    # -- positions

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        found: dict[TP, int | None] = {}
        for tp in self._assigned:
            found[tp] = offset = self._positions.committed(tp)
            if offset is not None:
                self._positions.move(tp, offset)
            elif self.app.topics.acks_enabled_for(tp.topic):
                self._positions.move(tp, self._positions.first(tp))
        return found

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions.move(ensure_TP(partition), offset)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            self._positions.move(tp, offset)
            self._read_offset[tp] = offset or None

    async def position(self, tp: TP) -> int | None:
        return self._positions.next(ensure_TP(tp))

    def highwater(self, tp: TP) -> int:
        return self._positions.end(tp)

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.log_.offsets(tp.topic)[tp.partition].earliest for tp in partitions}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.log_.offsets(tp.topic)[tp.partition].end for tp in partitions}

    def topic_partitions(self, topic: str) -> int | None:
        return self.log_.partitions(topic) if self.log_.has_topic(topic) else None

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int:
        return partition_of(key, self.log_.partitions(topic)) if partition is None else partition

    def _first(self, tp: TP) -> int:
        return self._positions.first(tp)

    # -- fetching

    async def _fetch(self, active: Iterable[TP], timeout: float) -> Mapping[TP, Deliveries]:
        self._news.clear()
        fetched = self._look(active)
        if not fetched and not self._news.is_set():
            await wait_for(self._news, timeout)
        return fetched

    def _look(self, active: Iterable[TP]) -> Mapping[TP, Deliveries]:
        """One chunk, or some records, of every partition that has more and may have more in flight."""
        fetched: dict[TP, Deliveries] = {}
        for tp in active:
            try:
                deliveries = self._fetch_partition(tp)
            except LogError as error:
                # The position did not move: nothing is lost, the next round tries again.
                self._troubled(tp, "reading", error)
                continue
            self._troubles.pop(tp, None)
            if deliveries:
                fetched[tp] = deliveries
        return fetched

    def _fetch_partition(self, tp: TP) -> Deliveries:
        if not self._has_room(tp):
            return ()
        limit = self.transport.chunk if self._is_chunked(tp.topic) else PLAIN_RECORDS
        return self._deliver(tp, self._positions.fetch(tp, limit))

    # -- commits

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        return await self.coordinator.commit({self._positions.place(tp): offset for tp, offset in offsets.items()})
